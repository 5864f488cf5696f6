// Every word of the program's page, in the language of the browser.
import { kLanguage } from "../texts";
import { en } from "./texts_en";
import { es } from "./texts_es";

export const t = kLanguage === "es" ? es : en;
