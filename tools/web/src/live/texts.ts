// Every word of the page of a training in English and in Spanish.
import { kLanguage } from "../texts";

const en = {
  title: "A training of ct2ct, recipe {recipe}",
  states: {
    running: "The training runs.",
    finished: "The training is done.",
    stopped: "The training was stopped. It goes on with --resume.",
    failed: "The training has ended with an error, which the terminal shows.",
  },
  stale: "No news for a long time: the training seems dead. --resume takes it up from its last checkpoint.",
  writtenAgo: "This page was written at {time}, {ago} ago.",
  writtenAt: "This page was written at {time} and does not change any more.",
  progressName: "Steps done",
  progress: "Step {step} of {total} ({percent} %), epoch {epoch}, after {time}",
  left: "about {time} left",
  follow: "Load this page again by itself",
  network: "network",
  validation: "Validation: how close the network is to the truth",
  validationCaption:
    "Mean over the slices below, which are not trained on; higher is better. The curve begins with the untrained network. Horizontal lines are methods that need no network.",
  ahead: "At step {step} the network is {dB} dB ahead of the best method that needs no network ({method}).",
  notAhead: "At step {step} the network is {dB} dB short of the best method that needs no network ({method}).",
  losses: "Losses",
  lossCaption: "What the training makes small, step by step. A falling loss says that the network learns, not that it is good on other scans.",
  samples: "What the network makes now",
  samplesNote: "Move the slider to see the same slices at earlier steps.",
  look: "Earlier and later",
  untrained: "Before the first step: the untrained network",
  afterStep: "After step {step}, epoch {epoch}",
  sampleAlt: "Validation slices after step {step}: known slices, truth, prediction and errors",
  end: "Written by ct2ct train, {program}. Synthetic slices, for research. Not for diagnosis.",
};

type Texts = typeof en;

const es: Texts = {
  title: "Un entrenamiento de ct2ct, receta {recipe}",
  states: {
    running: "El entrenamiento está en marcha.",
    finished: "El entrenamiento ha terminado.",
    stopped: "El entrenamiento se detuvo. Continúa con --resume.",
    failed: "El entrenamiento terminó con un error, que la terminal muestra.",
  },
  stale: "Sin noticias desde hace mucho: el entrenamiento parece muerto. --resume lo retoma desde su último punto de control.",
  writtenAgo: "Esta página se escribió a las {time}, hace {ago}.",
  writtenAt: "Esta página se escribió a las {time} y ya no cambia.",
  progressName: "Pasos hechos",
  progress: "Paso {step} de {total} ({percent} %), época {epoch}, tras {time}",
  left: "quedan unos {time}",
  follow: "Recargar esta página sola",
  network: "red",
  validation: "Validación: cuánto se acerca la red a la verdad",
  validationCaption:
    "Media de los cortes de abajo, con los que no se entrena; más es mejor. La curva empieza con la red sin entrenar. Las líneas horizontales son métodos que no necesitan red.",
  ahead: "En el paso {step}, la red supera en {dB} dB al mejor método que no necesita red ({method}).",
  notAhead: "En el paso {step}, a la red le faltan {dB} dB para igualar al mejor método que no necesita red ({method}).",
  losses: "Pérdidas",
  lossCaption: "Lo que el entrenamiento hace pequeño, paso a paso. Una pérdida que baja dice que la red aprende, no que sea buena en otros estudios.",
  samples: "Lo que hace ahora la red",
  samplesNote: "Mueva el control para ver los mismos cortes en pasos anteriores.",
  look: "Antes y después",
  untrained: "Antes del primer paso: la red sin entrenar",
  afterStep: "Tras el paso {step}, época {epoch}",
  sampleAlt: "Cortes de validación tras el paso {step}: cortes conocidos, verdad, predicción y errores",
  end: "Escrito por ct2ct train, {program}. Cortes sintéticos, para investigación. No para diagnóstico.",
};

export const t: Texts = kLanguage === "es" ? es : en;
