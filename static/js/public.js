import { begin } from "./enhance.js";
import * as focusErrors from "./focus_errors.js";
import * as once from "./once.js";
import * as readAloud from "./read_aloud.js";
import * as sessionForm from "./session_form.js";

begin(once, sessionForm, readAloud, focusErrors);
