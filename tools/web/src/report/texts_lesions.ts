// The words of the part on small lesions in English and in Spanish.
import { kLanguage } from "../texts";
import type { Seen } from "./data";

const en = {
  title: "Small lesions",
  lesion: "Lesion",
  truth: "truth",
  about: "{mm} mm, {hu} HU, slice {slice}",
  examples: "An example for each way in which a lesion may lie: 40 mm around it in a hidden slice, from −40 to 120 HU.",
  table: "Contrast shown, in percent",
  note: "Made-up lesions were put into the scan, and each method made the hidden slices with them. 100 % is the true contrast; of a lesion that has ended before the hidden slice, 0 %. In brackets: how many lesions. A false spot differs by {hu} HU or more from the true slice and from both known ones; {places} places were looked at.",
  seen: { well: "seen well in a known slice", partly: "seen in part", nowhere: "in the hidden slice alone", elsewhere: "ended before" } as Record<Seen, string>,
  falseSpots: "false spots",
};

const es: typeof en = {
  title: "Lesiones pequeñas",
  lesion: "Lesión",
  truth: "verdad",
  about: "{mm} mm, {hu} HU, corte {slice}",
  examples: "Un ejemplo de cada manera en que puede estar una lesión: 40 mm a su alrededor en un corte oculto, de −40 a 120 HU.",
  table: "Contraste que se muestra, en porcentaje",
  note: "Se pusieron lesiones inventadas en el estudio, y cada método hizo los cortes ocultos con ellas. 100 % es el contraste verdadero; de una lesión que acaba antes del corte oculto, 0 %. Entre paréntesis, cuántas lesiones. Una mancha falsa difiere en {hu} HU o más del corte verdadero y de los dos conocidos; se miraron {places} lugares.",
  seen: { well: "se ve bien en un corte conocido", partly: "se ve en parte", nowhere: "solo en el corte oculto", elsewhere: "acaba antes" },
  falseSpots: "manchas falsas",
};

export const lesionTexts = kLanguage === "es" ? es : en;
