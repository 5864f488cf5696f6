#include <nlohmann/json.hpp>

#include "train/fill/self_check_text.h"

namespace train {
namespace {

/// A word in both languages.
struct Word {
  std::string en, es;
};

Word named(Fallback fallback) {
  if (fallback == Fallback::registered) return {"registration", "el registro"};
  return {"cubic interpolation", "la interpolación cúbica"};
}

Word named_method(const std::string& method) {
  if (method == "registered") return named(Fallback::registered);
  if (method == "cubic") return named(Fallback::cubic);
  if (method == "linear") return {"linear interpolation", "la interpolación lineal"};
  return {"copies of the nearest slices", "copias de los cortes más cercanos"};
}

Word tissue(std::size_t t) {
  static const std::array<const char*, data::kTissueCount> spanish{"aire", "tejido blando",
                                                                   "hueso"};
  static const std::array<const char*, data::kTissueCount> english{"air", "soft tissue", "bone"};
  return {english[t], spanish[t]};
}

void append(Word& list, const Word& item) {
  list.en += (list.en.empty() ? "" : ", ") + item.en;
  list.es += (list.es.empty() ? "" : ", ") + item.es;
}

/// What the fallback makes although the network makes the rest.
Word parts_by_fallback(const Decision& d) {
  Word parts;
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    if (d.tissues[t]) append(parts, tissue(t));
  }
  for (const auto& [first, last] : fallback_ranges(d)) {
    const std::string a = std::to_string(first), b = std::to_string(last);
    append(parts, {std::string("the gaps between slices ").append(a).append(" and ").append(b),
                   std::string("los huecos entre los cortes ").append(a).append(" y ").append(b)});
  }
  return parts;
}

NetworkVerdict whole_by_fallback(const SelfCheck& check) {
  const Word by = named(check.fallback);
  const Word so{", so " + by.en + " made all new slices.",
                ", así que " + by.es + " hizo todos los cortes nuevos."};
  const std::string count = std::to_string(check.hidden.size());
  const std::string least = std::to_string(kFewestHidden);
  switch (check.decision.whole) {
    case Whole::too_little:
      return {
          "amber", "not_judged",
          "There were " + count + " slices to judge the network by, fewer than " + least + so.en,
          "Había " + count + " cortes para juzgar la red, menos de " + least + so.es};
    case Whole::shifts:
      return {"red", "rejected", "The network shifts even soft tissue of this scan" + so.en,
              "La red desplaza incluso el tejido blando de este estudio" + so.es};
    default:
      return {"red", "rejected",
              "On hidden slices of this scan the network was not clearly better" + so.en,
              "En cortes ocultos de este estudio la red no fue claramente mejor" + so.es};
  }
}

}  // namespace

NetworkVerdict verdict_of(const SelfCheck& check) {
  const Decision& d = check.decision;
  if (!check.network) {
    const Word by = named(d.whole == Whole::candidate ? Fallback::registered : check.fallback);
    return {"red", "rejected",
            "The network was not trained for such scans, so " + by.en + " made all new slices.",
            "La red no se entrenó para estudios así, de modo que " + by.es +
                " hizo todos los cortes nuevos."};
  }
  if (d.whole != Whole::candidate) return whole_by_fallback(check);
  const Word by = named(check.fallback);
  if (is_model_alone(check)) {
    return {"green", "used",
            "The network made all new slices: on hidden slices of this scan it was clearly better "
            "than " +
                by.en + ".",
            "La red hizo todos los cortes nuevos: en cortes ocultos de este estudio fue claramente "
            "mejor que " +
                by.es + "."};
  }
  const Word parts = parts_by_fallback(d);
  return {"amber", "some",
          "The network made most of the new slices; where it was not better, " + by.en +
              " made: " + parts.en + ".",
          "La red hizo la mayor parte de los cortes nuevos; donde no fue mejor, " + by.es +
              " hizo: " + parts.es + "."};
}

NetworkVerdict verdict_without_check(const std::string& method, bool untrained) {
  if (untrained) {
    return {
        "red", "rejected",
        "The network was not trained for such scans, so cubic interpolation made all new "
        "slices.",
        "La red no se entrenó para estudios así, de modo que la interpolación cúbica hizo todos "
        "los cortes nuevos."};
  }
  if (method == "model") {
    return {"amber", "not_judged", "The network made all new slices, and nobody checked it.",
            "La red hizo todos los cortes nuevos, y nadie la comprobó."};
  }
  const Word by = named_method(method);
  return {"amber", "not_judged", "No network was used: " + by.en + " made all new slices.",
          "No se usó ninguna red: " + by.es + " hizo todos los cortes nuevos."};
}

nlohmann::ordered_json to_verdict_json(const NetworkVerdict& v) {
  return {{"light", v.light}, {"word", v.word}, {"sentence", {{"en", v.en}, {"es", v.es}}}};
}

}  // namespace train
