"use strict";
// The form answers an agency; where there is no script, its button does the same.
document.getElementById("form-post").submit();
