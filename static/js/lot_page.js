// All that the page of a lot does beside showing itself: one file, one request on a slow phone.

import "./read_aloud.js";
import "./verify_proof.js";
