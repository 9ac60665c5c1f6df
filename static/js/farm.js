import * as draft from "./draft.js";
import { begin } from "./enhance.js";
import * as focusErrors from "./focus_errors.js";
import * as offered from "./offered.js";
import * as once from "./once.js";
import * as position from "./position.js";
import * as readAloud from "./read_aloud.js";
import * as sessionForm from "./session_form.js";

begin(draft, offered, once, position, sessionForm, readAloud, focusErrors);
