import { begin } from "./enhance.js";
import * as focusErrors from "./focus_errors.js";
import * as keys from "./keys.js";
import * as once from "./once.js";
import * as scanField from "./scan_field.js";
import * as sessionForm from "./session_form.js";

begin(once, sessionForm, scanField, keys, focusErrors);
