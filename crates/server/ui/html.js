// Markup as templates: `html` makes Preact's elements, so text that comes from people is only ever text.

import htm from "./vendor/htm.js";
import { h } from "./vendor/preact.js";

export const html = htm.bind(h);
