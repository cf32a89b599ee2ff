// What pages without a frame need: sign-in, errors. They come without htmx.
import "./preferences.js";
import "./session.js";
