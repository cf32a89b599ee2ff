// Every module of the pages with a frame. Collected, it is one file: config/bundles.py puts the modules in here.
import "./session.js";
import "./notices.js";
import "./keys.js";
import "./overlay.js";
import "./undo.js";
import "./settle.js";
import "./preferences.js";
import "./feed.js";
import "./live.js";
import "./runs.js";
