// Every word of the report in English and in Spanish. Sentences that metrics.json holds in English
// are made anew from its numbers in Spanish.
import { kLanguage, numberText } from "../texts";
import type { Outcome, Part, Scan, Summary, Window } from "./data";

const en = {
  title: "How close are interpolated slices to the truth?",
  pageTitle: "ct2ct: how close interpolated slices are to the truth",
  use: "Synthetic slices, for research. Not for diagnosis.",
  contents: "Scans",
  allScans: "All scans",
  allScansNote: "The mean is over scans, each counting alike; from so few it has no interval.",
  scan: "scan",
  meanOfScans: "mean over scans",
  overBestFree: "model over the best without a network, dB",
  signs: { better: "▲", worse: "▼", even: "≈" } as Record<Outcome, string>,
  outcomes: {
    better: "Better than every method that needs no network",
    worse: "Worse than the best method that needs no network",
    even: "Not shown to be better than the best method that needs no network",
  } as Record<Outcome, string>,
  decibels: "3 dB (decibels) more are half the squared error. In brackets stands the range in which the difference lies with 95 % confidence.",
  pictures: "Look at the slices",
  hidden: "Hidden slice",
  measured: "as the scanner measured it",
  model: "model",
  freeMethod: "{method}, needs no network",
  modelError: "Error of the model",
  freeError: "Error of {method}",
  meanError: "mean in the body {value} {unit}",
  window: "Window",
  errorScale: "Error scale",
  scaleName: "Errors: blue is too low, red is too high, black is right",
  stage: "Slices: scroll with the wheel or with the arrow keys",
  slice: "slice",
  count: "{i} of {n}",
  pointAt: "Point at a picture to read its values.",
  atPointer: "Here: truth {truth} {unit}; model {model}, {method} {free}",
  howToScroll:
    "Each of these slices was hidden from the methods. Scroll with the slider, the wheel over the pictures, or the arrow keys.",
  reduced:
    "For this page {from} pixels became {to}: each is the mean of {n} x {n}. Errors look smaller so than they are; all numbers are of the full slices.",
  grey: "grey levels",
  windows: { scan: "The scan's own", usual: "Usual", asked: "As asked", brain: "Brain", bone: "Bone", soft: "Soft tissue", lung: "Lung", all: "All grey levels" } as Record<string, string>,
  plots: "Where the errors are",
  shownAs: "Show",
  byError: "mean absolute error in the body, {unit}",
  byPsnr: "PSNR in dB",
  alongTitle: "Error along the scan",
  alongErrorCaption: "Each hidden slice by itself; lower is better. Where all lines rise, the anatomy changes fast. A click shows that slice above.",
  alongPsnrCaption: "Each hidden slice by itself, full window; higher is better. Where all lines fall, the anatomy changes fast. A click shows that slice above.",
  alongMm: "position along the stack from slice 0, mm",
  maeAxis: "mean absolute error in the body, {unit}",
  psnrAxis: "PSNR in dB, full window",
  bestWithout: "{method} (best without a network)",
  regionTitle: "Error by region",
  regionCaption: "Means over the slices of each region, whose number stands in brackets; lines are 95 % intervals.",
  tissueTitle: "Error by tissue",
  tissueCaption: "Mean absolute error by the tissue that is truly there; lines are 95 % intervals.",
  shiftTitle: "Constant shift in pure tissue",
  shiftCaption:
    "Median of prediction minus truth where the truth and both known neighbours are of that tissue. A method whose values are far from the others' shifts them.",
  tissues: { air: "air", soft: "soft tissue", bone: "bone" } as Record<string, string>,
  numbers: "The numbers",
  howToSort: "A click on the name of a column sorts by it, and a second click turns the order.",
  ascending: "sorted from low to high",
  descending: "sorted from high to low",
  method: "method",
  methods: {
    model: "model",
    model_checked: "model, self-checked",
    registered: "registration",
    cubic: "cubic",
    linear: "linear",
    nearest: "nearest",
    least_squares: "least squares",
  } as Record<string, string>,
  mainTable: "The methods",
  mainNote:
    "PSNR and SSIM: higher is better. Mean absolute error (MAE) in the body: lower is better. The first column compares each method, slice by slice, with {method}, the best one that needs no network. The last three compare it with cubic interpolation; p is of the two-sided Wilcoxon signed-rank test.",
  overBest: "over {method}, dB",
  psnrFull: "PSNR full, dB",
  psnrSoft: "PSNR soft, dB",
  psnrBone: "PSNR bone, dB",
  maeHead: "MAE body, {unit}",
  wonHead: "closer than cubic, slices",
  overCubic: "over cubic, dB",
  difference: "difference, dB",
  maeOf: "MAE body, {unit}: {method}",
  slicesHead: "slices",
  region: "region",
  byRegion: "By region",
  regionsByRule: "Found by rule from bone and air in each slice of the truth, not by a reader.",
  regionsByThirds: "Not recognised as a head, so by thirds of the stack.",
  byPosition: "By position between the known slices",
  positionNote: "t = 0 is the known slice before, t = 1 the one after.",
  sliceTable: "Each slice",
  sliceNote: "Sort by a difference to find where the model helps and where it harms. A slice's number shows its pictures.",
  byTissue: "Error by tissue, HU",
  byTissueNote:
    "Classes by the true value inside the body: air below -300 HU, soft tissue -100 to 200 HU, bone above 200 HU. Signed is prediction minus truth: chosen by the true value, any method that averages is above 0 in air and below in bone.",
  absolute: "absolute",
  signed: "signed",
  pure: "Constant shift: signed error in pure tissue, HU",
  pureNote:
    "Where the truth and both known neighbours are of one tissue. In soft tissue and air the median of a method without a shift is near 0. Bone also holds its curvature, which every method flattens: compare with cubic.",
  median: "median",
  mean: "mean",
  structure: "Structural similarity (SSIM) by window",
  structureNote: "1 is identical.",
  full: "full",
  softWindow: "soft",
  boneWindow: "bone",
  texture: "Noise and sharpness, relative to the truth",
  textureNote:
    "Noise: standard deviation of the high-pass filtered slices in flat soft tissue; below 1 is smoother than the scan. Sharpness: energy of the gradient inside the body; below 1 is blurred, above 1 may be invented.",
  noise: "noise",
  sharpness: "sharpness",
  test: "What was tested",
  tested: "Tested",
  testedText: "{n} slices were hidden, made again from the others, and compared with what was measured; one in {factor} slices was known",
  knownApart: "known slices {mm} mm apart",
  slicesFact: "Slices",
  apart: "{mm} mm apart",
  trainedOn: "Trained on this scan",
  regionsFact: "Regions, by slice",
  noHead: "not recognised as a head",
  warning: "Warning",
  yes: "yes",
  no: "no",
  theModel: "The model",
  file: "File",
  recipe: "Recipe",
  protocol: "protocol",
  parameters: "Parameters",
  inGenerator: "{n} in the generator",
  training: "Training",
  trainingText: "{steps} of {total} steps, seed {seed}",
  writtenBy: "Written by",
  trainedWith: "Trained on",
  trainedBefore: "Trained on before",
  startedFrom: "Started from",
  modelWithHash: "model with SHA-256 {hash}",
  sourceText: "{name}, {n} slices of {size}; SHA-256 {hash}",
  wholeRecipe: "The whole recipe",
  lossTitle: "Losses of the training",
  lossCaption: "From the losses.csv beside the model. A falling loss says that the network learns, not that it is good on other scans.",
  lossAxis: "loss, logarithmic",
  step: "step",
  losses: {
    "generator L1": "generator L1",
    "generator adversarial": "generator, adversarial",
    "discriminator real + fake": "discriminator, real + fake",
  } as Record<string, string>,
  reading: "How to read this page",
  readingLines: [
    "Everything is measured against slices that the scanner measured and the methods did not see. None of the numbers says that a slice is fit for diagnosis.",
    "The model is judged against the method that does best on this very scan without a network. Which one that is was found by the test, slice by slice, and not assumed.",
    "PSNR in dB is a mean squared error on a logarithmic scale: 3 dB more are half of it. It depends on its window: full -1024 to 2048 HU, soft -100 to 200 HU, bone 200 to 1500 HU. Compare only within one window and one scan.",
    "Intervals in square brackets are 95 % bootstrap intervals over slices. They speak of this scan only: other patients, scanners and kernels are not in them. Neighbouring slices are alike, so the true intervals are wider and the true p-values larger.",
    "A smoother slice can have a smaller error than a faithful one. The last table says whether noise and sharpness are those of the scan.",
    "metrics.json beside this page has all of these numbers, slices.csv those of each slice; docs/audit/metrics.md of ct2ct defines them.",
  ],
  writtenWith: "Written by ct2ct evaluate, {program}.",
};

type Texts = typeof en;

const es: Texts = {
  title: "¿Cuánto se acercan los cortes interpolados a la verdad?",
  pageTitle: "ct2ct: cuánto se acercan los cortes interpolados a la verdad",
  use: "Cortes sintéticos, para investigación. No para diagnóstico.",
  contents: "Estudios",
  allScans: "Todos los estudios",
  allScansNote: "La media es sobre estudios y todos cuentan igual; con tan pocos no tiene intervalo.",
  scan: "estudio",
  meanOfScans: "media de los estudios",
  overBestFree: "modelo frente al mejor sin red, dB",
  signs: en.signs,
  outcomes: {
    better: "Mejor que todos los métodos que no necesitan red",
    worse: "Peor que el mejor método que no necesita red",
    even: "No está probado que sea mejor que el mejor método que no necesita red",
  },
  decibels: "3 dB (decibelios) más son la mitad del error cuadrático. Entre corchetes está el intervalo en el que la diferencia se halla con un 95 % de confianza.",
  pictures: "Mire los cortes",
  hidden: "Corte oculto",
  measured: "tal como lo midió el escáner",
  model: "modelo",
  freeMethod: "{method}, no necesita red",
  modelError: "Error del modelo",
  freeError: "Error: {method}",
  meanError: "media en el cuerpo {value} {unit}",
  window: "Ventana",
  errorScale: "Escala de errores",
  scaleName: "Errores: azul es demasiado bajo, rojo demasiado alto, negro correcto",
  stage: "Cortes: recórralos con la rueda o con las flechas",
  slice: "corte",
  count: "{i} de {n}",
  pointAt: "Señale una imagen para leer sus valores.",
  atPointer: "Aquí: verdad {truth} {unit}; modelo {model}, {method} {free}",
  howToScroll:
    "Los métodos no vieron ninguno de estos cortes. Recórralos con el control deslizante, con la rueda sobre las imágenes o con las flechas.",
  reduced:
    "Para esta página, {from} píxeles pasaron a {to}: cada uno es la media de {n} x {n}. Así los errores parecen menores de lo que son; todos los números son de los cortes completos.",
  grey: "niveles de gris",
  windows: { scan: "La del estudio", usual: "Habitual", asked: "La pedida", brain: "Encéfalo", bone: "Hueso", soft: "Tejido blando", lung: "Pulmón", all: "Todos los grises" },
  plots: "Dónde están los errores",
  shownAs: "Mostrar",
  byError: "error absoluto medio en el cuerpo, {unit}",
  byPsnr: "PSNR en dB",
  alongTitle: "El error a lo largo del estudio",
  alongErrorCaption: "Cada corte oculto por separado; menos es mejor. Donde suben todas las líneas, la anatomía cambia deprisa. Un clic muestra ese corte arriba.",
  alongPsnrCaption: "Cada corte oculto por separado, ventana completa; más es mejor. Donde bajan todas las líneas, la anatomía cambia deprisa. Un clic muestra ese corte arriba.",
  alongMm: "posición a lo largo de la pila desde el corte 0, mm",
  maeAxis: "error absoluto medio en el cuerpo, {unit}",
  psnrAxis: "PSNR en dB, ventana completa",
  bestWithout: "{method} (el mejor sin red)",
  regionTitle: "El error por regiones",
  regionCaption: "Medias de los cortes de cada región, cuyo número está entre paréntesis; las líneas son intervalos del 95 %.",
  tissueTitle: "El error por tejidos",
  tissueCaption: "Error absoluto medio según el tejido que hay de verdad; las líneas son intervalos del 95 %.",
  shiftTitle: "Desplazamiento constante en tejido puro",
  shiftCaption:
    "Mediana de predicción menos verdad donde la verdad y los dos vecinos conocidos son de ese tejido. Un método cuyos valores se alejan de los demás los desplaza.",
  tissues: { air: "aire", soft: "tejido blando", bone: "hueso" },
  numbers: "Los números",
  howToSort: "Un clic en el nombre de una columna ordena por ella; otro invierte el orden.",
  ascending: "de menor a mayor",
  descending: "de mayor a menor",
  method: "método",
  methods: {
    model: "modelo",
    model_checked: "modelo con autocomprobación",
    registered: "registro",
    cubic: "cúbica",
    linear: "lineal",
    nearest: "el más cercano",
    least_squares: "mínimos cuadrados",
  },
  mainTable: "Los métodos",
  mainNote:
    "PSNR y SSIM: más es mejor. Error absoluto medio (MAE) en el cuerpo: menos es mejor. La primera columna compara cada método, corte a corte, con el mejor que no necesita red ({method}). Las tres últimas lo comparan con la interpolación cúbica; p es de la prueba bilateral de los rangos con signo de Wilcoxon.",
  overBest: "frente a {method}, dB",
  psnrFull: "PSNR completa, dB",
  psnrSoft: "PSNR blandas, dB",
  psnrBone: "PSNR hueso, dB",
  maeHead: "MAE cuerpo, {unit}",
  wonHead: "más cerca que la cúbica, cortes",
  overCubic: "frente a cúbica, dB",
  difference: "diferencia, dB",
  maeOf: "MAE cuerpo, {unit}: {method}",
  slicesHead: "cortes",
  region: "región",
  byRegion: "Por región",
  regionsByRule: "Halladas por una regla a partir del hueso y el aire de cada corte verdadero, no por un lector.",
  regionsByThirds: "No se reconoció como cabeza; por eso, por tercios de la pila.",
  byPosition: "Por posición entre los cortes conocidos",
  positionNote: "t = 0 es el corte conocido anterior, t = 1 el siguiente.",
  sliceTable: "Cada corte",
  sliceNote: "Ordene por una diferencia para ver dónde el modelo ayuda y dónde perjudica. El número de un corte muestra sus imágenes.",
  byTissue: "Error por tejidos, HU",
  byTissueNote:
    "Clases según el valor verdadero dentro del cuerpo: aire por debajo de -300 HU, tejido blando de -100 a 200 HU, hueso por encima de 200 HU. Con signo es predicción menos verdad: como se elige por el valor verdadero, todo método que promedia queda por encima de 0 en el aire y por debajo en el hueso.",
  absolute: "absoluto",
  signed: "con signo",
  pure: "Desplazamiento constante: error con signo en tejido puro, HU",
  pureNote:
    "Donde la verdad y los dos vecinos conocidos son de un mismo tejido. En tejido blando y aire, la mediana de un método sin desplazamiento está cerca de 0. El hueso contiene además su curvatura, que todo método aplana: compare con la cúbica.",
  median: "mediana",
  mean: "media",
  structure: "Similitud estructural (SSIM) por ventana",
  structureNote: "1 es idéntico.",
  full: "completa",
  softWindow: "tejido blando",
  boneWindow: "hueso",
  texture: "Ruido y nitidez respecto a la verdad",
  textureNote:
    "Ruido: desviación típica de los cortes filtrados en paso alto en tejido blando plano; menos de 1 es más liso que el estudio. Nitidez: energía del gradiente dentro del cuerpo; menos de 1 es borroso, más de 1 puede ser inventado.",
  noise: "ruido",
  sharpness: "nitidez",
  test: "Qué se probó",
  tested: "Prueba",
  testedText: "{n} cortes se ocultaron, se rehicieron a partir de los demás y se compararon con lo medido; se conocía uno de cada {factor} cortes",
  knownApart: "cortes conocidos cada {mm} mm",
  slicesFact: "Cortes",
  apart: "cada {mm} mm",
  trainedOn: "Entrenado con este estudio",
  regionsFact: "Regiones, por corte",
  noHead: "no se reconoció como cabeza",
  warning: "Aviso (en inglés)",
  yes: "sí",
  no: "no",
  theModel: "El modelo",
  file: "Archivo",
  recipe: "Receta",
  protocol: "protocolo",
  parameters: "Parámetros",
  inGenerator: "{n} en el generador",
  training: "Entrenamiento",
  trainingText: "{steps} de {total} pasos, semilla {seed}",
  writtenBy: "Escrito por",
  trainedWith: "Entrenado con",
  trainedBefore: "Entrenado antes con",
  startedFrom: "Partió de",
  modelWithHash: "modelo con SHA-256 {hash}",
  sourceText: "{name}, {n} cortes de {size}; SHA-256 {hash}",
  wholeRecipe: "La receta completa",
  lossTitle: "Pérdidas del entrenamiento",
  lossCaption: "Del losses.csv que está junto al modelo. Una pérdida que baja dice que la red aprende, no que sea buena en otros estudios.",
  lossAxis: "pérdida, logarítmica",
  step: "paso",
  losses: {
    "generator L1": "generador, L1",
    "generator adversarial": "generador, adversaria",
    "discriminator real + fake": "discriminador, real + falso",
  },
  reading: "Cómo leer esta página",
  readingLines: [
    "Todo se mide contra cortes que el escáner midió y que los métodos no vieron. Ningún número dice que un corte sirva para diagnosticar.",
    "El modelo se juzga frente al método que, sin red, acierta más en este mismo estudio. Cuál es lo halló la prueba, corte a corte; no se dio por supuesto.",
    "La PSNR en dB es un error cuadrático medio en escala logarítmica: 3 dB más son la mitad. Depende de su ventana: completa de -1024 a 2048 HU, tejido blando de -100 a 200 HU, hueso de 200 a 1500 HU. Compare solo dentro de una misma ventana y de un mismo estudio.",
    "Los intervalos entre corchetes son intervalos bootstrap del 95 % sobre los cortes. Solo hablan de este estudio: otros pacientes, escáneres y filtros no están en ellos. Los cortes vecinos se parecen, así que los intervalos verdaderos son más anchos y los valores p verdaderos, mayores.",
    "Un corte más liso puede tener menos error que uno fiel. La última tabla dice si el ruido y la nitidez son los del estudio.",
    "metrics.json, junto a esta página, tiene todos estos números; slices.csv, los de cada corte; docs/audit/metrics.md de ct2ct los define.",
  ],
  writtenWith: "Escrito por ct2ct evaluate, {program}.",
};

export const kSpanish = kLanguage === "es";
export const t: Texts = kSpanish ? es : en;

export const methodName = (method: string) => t.methods[method] ?? method;

export const windowName = (w: Window) => t.windows[w.name] ?? w.name;

const kRegions: Record<string, string> = {
  vertex: "vértice",
  brain: "encéfalo",
  "skull base": "base del cráneo",
  face: "cara",
  "first third": "primer tercio",
  "middle third": "tercio medio",
  "last third": "último tercio",
};

export const regionName = (name: string) => (kSpanish ? (kRegions[name] ?? name) : name);

export const partName = (p: Part) => (p.name !== undefined ? regionName(p.name) : `t = ${numberText(p.t!, 3)}`);

// Sentences in Spanish, as train/report/headline.cpp makes them in English.

const kPhrases: Record<string, string> = {
  registered: "el registro",
  cubic: "la interpolación cúbica",
  linear: "la interpolación lineal",
  nearest: "el corte más cercano",
};

/** "1,2 dB [0,9, 1,5]". */
function decibels(s: Summary, sign: boolean): string {
  const digits = Math.abs(s.mean) < 0.5 ? 2 : 1;
  const say = (v: number) => numberText(v, digits);
  const plus = sign && s.mean > 0 && /[1-9]/.test(say(s.mean)) ? "+" : "";
  return `${plus}${say(s.mean)} dB [${say(s.lo)}; ${say(s.hi)}]`;
}

const turned = (s: Summary): Summary => ({ mean: -s.mean, lo: -s.hi, hi: -s.lo });

export function headlineOf(scan: Scan): string {
  if (!kSpanish) return scan.headline;
  const best = scan.best_without_network;
  const gain = best.psnr_full_over.model!;
  const free = kPhrases[best.method]!;
  const on = `${best.model_closer_on} de ${scan.slices} ${scan.slices === 1 ? "corte" : "cortes"}`;
  if (best.model_is === "better") {
    return `El modelo está ${decibels(gain, false)} más cerca de la verdad que ${free}, el mejor método sin red en este estudio, y la supera en ${on}.`.replace(
      "la supera",
      best.method === "registered" || best.method === "nearest" ? "lo supera" : "la supera",
    );
  }
  if (best.model_is === "worse") {
    const mixed = (best.model_psnr_soft_over?.lo ?? -1) > 0;
    const advice = mixed ? "" : ` Use --method ${best.method} con este estudio.`;
    return `El modelo está ${decibels(turned(gain), false)} más lejos de la verdad que ${free}, que no necesita red, y solo está más cerca en ${on}.${advice}`;
  }
  return `No está probado que el modelo sea mejor que ${free}, que no necesita red: la diferencia es ${decibels(gain, true)} y está más cerca en ${on}.`;
}

export function detailsOf(scan: Scan): string[] {
  if (!kSpanish) return scan.details;
  const best = scan.best_without_network;
  const free = kPhrases[best.method]!;
  const [own, other] = [scan.methods.model!, scan.methods[best.method]!];
  const said: string[] = [];
  if (best.model_psnr_soft_over !== undefined) {
    said.push(`En tejido blando (ventana de -100 a 200 HU), la diferencia con ${free} es ${decibels(best.model_psnr_soft_over, true)}.`);
  }
  const [a, b] = [own.mae_hu_body ?? own.mae_grey_body, other.mae_hu_body ?? other.mae_grey_body];
  if (a !== undefined && b !== undefined && b.mean > 0) {
    const unit = scan.unit === "HU" ? "HU" : t.grey;
    const change = 100 * (a.mean / b.mean - 1);
    const plus = change > 0.5 ? "+" : "";
    said.push(`El error absoluto medio dentro del cuerpo es de ${numberText(a.mean, 1)} ${unit} en vez de ${numberText(b.mean, 1)} ${unit} (${plus}${numberText(change, 0)} %).`);
  }
  if (best.method !== "cubic") {
    said.push(`Frente a la interpolación cúbica, el modelo gana ${decibels(own.psnr_full_over_cubic, true)} y ${free}, ${decibels(other.psnr_full_over_cubic, true)}.`);
  }
  const checked = best.psnr_full_over.model_checked;
  if (scan.self_check !== undefined && checked !== undefined) {
    said.push(`Autocomprobación en los cortes conocidos («${scan.self_check.used}»): con ella la diferencia con ${free} es ${decibels(checked, true)}.`);
  }
  return said;
}

/** By the words in capitals that a caution begins with. */
const kCautions: [RegExp, string][] = [
  [/^LEAKY.*/, "CON FUGA: se entrenó con los vecinos de los cortes probados. Solo para comparar."],
  [/^NOT UNSEEN.*/, "YA VISTO: se entrenó con este estudio. Estos números no dicen nada de estudios nuevos."],
  [/^NOT SELF.*/, "NO ES EL PROPIO: no se entrenó con este estudio, así que la prueba es la del protocolo unseen."],
  [/^NOT TRAINED FOR THIS: (.*)\.$/, "NO ENTRENADO PARA ESTO: «$1»"],
  [/^FEW SLICES: (\d+).*/, "POCOS CORTES: se probaron $1; intervalos y valores p de tan pocos dicen poco."],
];

export function cautionsOf(scan: Scan): string[] {
  if (!kSpanish) return scan.cautions;
  return scan.cautions.map((c) => {
    const found = kCautions.find(([start]) => start.test(c));
    return found === undefined ? c : c.replace(found[0], found[1]);
  });
}

export function meaningOf(scan: Scan): string {
  if (!kSpanish) return scan.meaning;
  const known =
    scan.factor === 2
      ? "Los cortes pares se conocen y los impares son la verdad"
      : `Se conoce uno de cada ${scan.factor} cortes, desde el primero, y los que hay entre ellos son la verdad`;
  if (scan.protocol === "unseen" && scan.trained_on) {
    return `El protocolo unseen requiere un estudio con el que no se entrenó, y con este sí. ${known}, pero el modelo ha visto los dos.`;
  }
  if (scan.protocol === "unseen") {
    return `Protocolo unseen: el modelo se entrenó con otros estudios. ${known}. Dice qué esperar en un estudio de un escáner parecido con ajustes parecidos, y nada de otros.`;
  }
  if (scan.protocol === "self") {
    return `Protocolo self: se entrenó con los cortes pares del mismo estudio que se prueba, es decir, con huecos más anchos que los suyos. ${known}. Dice qué puede dar un solo estudio, y nada de otros.`;
  }
  return "Protocolo seed, el del original: de todas las ternas de un estudio, barajadas, cuatro quintas partes se usaron para entrenar y las demás son la verdad. La red ha visto los vecinos de lo que se prueba, y a menudo el propio corte como entrada. Los números son más altos de lo que un usuario puede esperar y no apoyan ninguna afirmación sobre estudios nuevos.";
}

