// Elk's worker answers messages by itself once it is loaded: layouts never block the page.
import 'elkjs/lib/elk-worker.min.js';
