#include "train/recipe/field_table.h"

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>

#include "nn/core/error.h"

namespace train {
namespace {

using nlohmann::json;

// ---- Values of a kind ----

template <class E>
using Names = std::vector<std::pair<E, std::string>>;

Names<PixelLoss> names(PixelLoss /*kind*/) {
  return {{PixelLoss::l1, "l1"}, {PixelLoss::l2, "l2"}};
}
Names<AdversarialLoss> names(AdversarialLoss /*kind*/) {
  return {{AdversarialLoss::vanilla, "vanilla"}, {AdversarialLoss::least_squares, "least_squares"}};
}
Names<nn::NormMode> names(nn::NormMode /*kind*/) {
  return {{nn::NormMode::train, "train"},
          {nn::NormMode::batch, "batch"},
          {nn::NormMode::running, "running"}};
}
Names<nn::Schedule> names(nn::Schedule /*kind*/) {
  return {{nn::Schedule::constant, "constant"},
          {nn::Schedule::linear_decay, "linear_decay"},
          {nn::Schedule::cosine, "cosine"}};
}
Names<models::Norm> names(models::Norm /*kind*/) {
  return {{models::Norm::none, "none"},
          {models::Norm::batch, "batch"},
          {models::Norm::instance, "instance"}};
}
Names<models::Head> names(models::Head /*kind*/) {
  return {{models::Head::tanh, "tanh"},
          {models::Head::residual, "residual"},
          {models::Head::movement, "movement"}};
}
Names<data::Protocol> names(data::Protocol /*kind*/) {
  Names<data::Protocol> all;
  for (const auto p : {data::Protocol::unseen, data::Protocol::self, data::Protocol::seed}) {
    all.emplace_back(p, data::to_string(p));
  }
  return all;
}
/// The index of each alternative of Input is its place here.
Names<std::size_t> input_names() {
  return {{0, "four_slices"}, {1, "average"}, {2, "identity"}, {3, "picture"}};
}

template <class E>
std::string name_in(const Names<E>& all, E value) {
  return std::find_if(all.begin(), all.end(), [&](const auto& n) { return n.first == value; })
      ->second;
}
template <class E>
E value_in(const Names<E>& all, const std::string& name) {
  return std::find_if(all.begin(), all.end(), [&](const auto& n) { return n.second == name; })
      ->first;
}

template <class T>
json json_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return name_in(names(T{}), value);
  } else {
    return value;
  }
}
/// `j` is of the kind of T.
template <class T>
void assign(T& value, const json& j) {
  if constexpr (std::is_enum_v<T>) {
    value = value_in(names(T{}), j.get<std::string>());
  } else {
    value = j.get<T>();
  }
}

template <class E>
Kind one_of(const Names<E>& all) {
  Kind kind{"one of ", {}, true, {}};
  for (const auto& [value, name] : all) {
    kind.expected += (kind.choice.empty() ? "" : ", ") + name;
    kind.choice.push_back(name);
  }
  kind.fits = [choice = kind.choice](const json& j) {
    return j.is_string() &&
           std::find(choice.begin(), choice.end(), j.get<std::string>()) != choice.end();
  };
  return kind;
}

template <class T>
Kind kind_of() {
  if constexpr (std::is_enum_v<T>) {
    return one_of(names(T{}));
  } else if constexpr (std::is_same_v<T, bool>) {
    return {
        "true or false", {"true", "false"}, false, [](const json& j) { return j.is_boolean(); }};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {"a text", {}, true, [](const json& j) { return j.is_string(); }};
  } else if constexpr (std::is_integral_v<T>) {
    // The JSON library converts 1e300 to a whole number unchecked, which is undefined, and 4.9
    // to 4.
    return {"a whole number", {}, false, [](const json& j) { return j.is_number_integer(); }};
  } else {
    return {"a number", {}, false, [](const json& j) { return j.is_number(); }};
  }
}

// ---- The table ----

/// Also where the networks check for themselves.
auto unlimited() {
  return [](const Recipe&) { return std::optional<Limits>(); };
}
auto within(double least, double most) {
  return [=](const Recipe&) { return std::optional<Limits>({least, most}); };
}
/// 0, but for a generator that corrects a base.
auto of_corrections(double most) {
  return [=](const Recipe& r) {
    return std::optional<Limits>({0, r.generator.head != models::Head::tanh ? most : 0});
  };
}
/// 0, but for four slices.
auto of_four_slices(double most) {
  return [=](const Recipe& r) {
    return std::optional<Limits>({0, r.four_slices() != nullptr ? most : 0});
  };
}

template <class At>
At& member(At& at) {
  return at;
}
/// A member of a member: member(recipe, &Recipe::adam, &nn::AdamOptions::beta1).
template <class At, class First, class... Rest>
auto& member(At& at, First first, Rest... rest) {
  return member(at.*first, rest...);
}

template <class Of, class... Path>
Field field(const char* name, const Of& limits, const char* meaning, Path... path) {
  using T = std::remove_reference_t<decltype(member(std::declval<Recipe&>(), path...))>;
  return {name,
          meaning,
          limits,
          kind_of<T>(),
          [=](const Recipe& r) { return json_of(member(r, path...)); },
          [=](Recipe& r, const json& j) { assign(member(r, path...), j); }};
}

Field input_field() {
  return {"input",
          "what the generator is given",
          unlimited(),
          one_of(input_names()),
          [](const Recipe& r) { return json(name_in(input_names(), r.input.index())); },
          [](Recipe& r, const json& j) {
            const std::size_t kind = value_in(input_names(), j.get<std::string>());
            if (kind == r.input.index()) return;  // it keeps what it has
            const Input all[] = {FourSlices{}, Average{}, Identity{}, Picture{}};
            r.input = all[kind];
          }};
}

Field difference_gain_field() {
  return {"difference_gain",
          "differences of neighbours are multiplied by it; 0: the slices themselves are the input",
          of_four_slices(1e3),
          kind_of<double>(),
          [](const Recipe& r) {
            const FourSlices* four = r.four_slices();
            return json(four != nullptr && four->differences ? four->differences->gain : 0.0);
          },
          [](Recipe& r, const json& j) {
            FourSlices* four = r.four_slices();
            if (four == nullptr) return;
            four->differences.reset();
            if (j.get<double>() > 0) four->differences = FourSlices::Differences{j.get<double>()};
          }};
}

/// False, true for the first rule, or the number of a later one.
Field registration_field() {
  using models::RegistrationRule;
  const Kind kind{"false, true or 2", {"false", "true", "2"}, false, [](const json& j) {
                    return j.is_boolean() || j == json(2);
                  }};
  return {"registration",
          "slices are moved along what is seen in them, true: by one search, 2: by two; needs a "
          "difference_gain",
          unlimited(),
          kind,
          [](const Recipe& r) {
            const auto rule = r.registration();
            if (!rule || *rule == RegistrationRule::demons) return json(rule.has_value());
            return json(static_cast<int>(*rule));
          },
          [](Recipe& r, const json& j) {
            FourSlices* four = r.four_slices();
            const bool differences = four != nullptr && four->differences;
            nn::require(differences || j == json(false), "recipe, entry 'registration'",
                        j.dump() + " with slices as they are",
                        j.dump() + " with a difference_gain above 0, or false");
            if (!differences) return;
            std::optional<RegistrationRule>& rule = four->differences->registration;
            rule = j.is_boolean() ? RegistrationRule::demons
                                  : static_cast<RegistrationRule>(j.get<int>());
            if (j == json(false)) rule.reset();
          }};
}

Field anywhere_field() {
  return {"anywhere",
          "share of examples at any position between A and C; 0: middles only",
          of_four_slices(1),
          kind_of<double>(),
          [](const Recipe& r) { return json(r.anywhere()); },
          [](Recipe& r, const json& j) {
            if (FourSlices* four = r.four_slices()) four->anywhere = j.get<double>();
          }};
}

/// A number of channels, which follows from the input.
template <class Get>
Field channels_field(const char* name, const char* meaning, const Get& get) {
  Field f{name,
          meaning,
          unlimited(),
          kind_of<nn::index>(),
          [=](const Recipe& r) { return json(get(r)); },
          [=](Recipe& r, const json& j) {
            nn::require(j == json(get(r)), std::string("recipe, entry '") + name + "'", j.dump(),
                        std::to_string(get(r)) + ", which follows from the input");
          }};
  f.derived = true;
  return f;
}

/// Of pictures A|B the number of channels is read from here.
Field in_channels_field() {
  Field f = channels_field("generator.in_channels", "channels given; follows from the input",
                           [](const Recipe& r) { return r.generator_config().in_channels; });
  f.limits = within(1, 64);
  f.set = [compare = f.set](Recipe& r, const json& j) {
    if (auto* picture = std::get_if<Picture>(&r.input)) picture->channels = j.get<nn::index>();
    compare(r, j);
  };
  return f;
}

Field head_field() {
  Field f = field("generator.head", unlimited(),
                  "tanh makes the image, residual adds to the base, movement also moves A and C "
                  "once more; it needs registration",
                  &Recipe::generator, &models::UNetSettings::head);
  f.set = [assigned = f.set](Recipe& r, const json& j) {
    nn::require(j != json("movement") || r.registration(), "recipe, entry 'generator.head'",
                "movement without registration", "registration true or 2",
                "or before it --set generator.head=residual");
    assigned(r, j);
  };
  return f;
}

using models::NormConfig;
using models::PatchGanSettings;
using models::UNetSettings;

std::vector<Field> input_fields() {
  return {field("name", unlimited(), "name of the recipe", &Recipe::name), input_field(),
          difference_gain_field().older(0.0), registration_field().older(false), anywhere_field()};
}

std::vector<Field> generator_fields() {
  constexpr auto g = &Recipe::generator;
  constexpr auto norm = &UNetSettings::norm;
  return {
      in_channels_field(),
      channels_field("generator.planes", "how many of them hold one value: position and gap",
                     [](const Recipe& r) { return r.generator_config().planes; }),
      channels_field("generator.out_channels", "channels made; follows from the input",
                     [](const Recipe& r) { return r.generator_config().out_channels; }),
      field("generator.levels", within(2, 12), "times that the U-Net halves an image", g,
            &UNetSettings::levels),
      field("generator.width", unlimited(), "channels of the first level", g, &UNetSettings::width),
      field("generator.norm.kind", unlimited(), "normalisation", g, norm, &NormConfig::kind),
      field("generator.norm.eps", unlimited(), "added to the variance", g, norm, &NormConfig::eps),
      field("generator.norm.momentum", unlimited(),
            "share of the old running statistics that stays", g, norm, &NormConfig::momentum),
      field("generator.norm_innermost", unlimited(), "the innermost level has a norm as well", g,
            &UNetSettings::norm_innermost),
      field("generator.leaky_slope", unlimited(), "slope of negative values in the encoder", g,
            &UNetSettings::leaky_slope),
      field("generator.dropout", unlimited(), "share of values that dropout sets to 0", g,
            &UNetSettings::dropout),
      field("generator.dropout_levels", unlimited(),
            "decoder levels with dropout, from the innermost", g, &UNetSettings::dropout_levels),
      head_field(),
      field("generator.head_channels", unlimited(),
            "channels of the residual and the movement head", g, &UNetSettings::head_channels),
      field("generator.relu_skips", unlimited(),
            "the decoder is given the encoder's maps through a ReLU, as in PyTorch", g,
            &UNetSettings::relu_skips)
          .stored_if_not(false),
  };
}

std::vector<Field> discriminator_fields() {
  constexpr auto d = &Recipe::discriminator;
  constexpr auto norm = &PatchGanSettings::norm;
  constexpr auto padding = &PatchGanSettings::last_padding;
  return {
      channels_field("discriminator.in_channels",
                     "channels of the image and of the generator's input, together",
                     [](const Recipe& r) { return r.discriminator_config().in_channels; }),
      field("discriminator.width", unlimited(), "channels of the first level", d,
            &PatchGanSettings::width),
      field("discriminator.stride2_levels", unlimited(), "levels that halve the image", d,
            &PatchGanSettings::stride2_levels),
      field("discriminator.stride1_levels", unlimited(), "levels that do not", d,
            &PatchGanSettings::stride1_levels),
      field("discriminator.last_padding.top", unlimited(),
            "rows of zeros above the last convolution's input", d, padding, &nn::Padding::top),
      field("discriminator.last_padding.bottom", unlimited(), "rows of zeros below it", d, padding,
            &nn::Padding::bottom),
      field("discriminator.last_padding.left", unlimited(), "columns of zeros on its left", d,
            padding, &nn::Padding::left),
      field("discriminator.last_padding.right", unlimited(), "columns of zeros on its right", d,
            padding, &nn::Padding::right),
      field("discriminator.norm.kind", unlimited(), "normalisation, from the second level on", d,
            norm, &NormConfig::kind),
      field("discriminator.norm.eps", unlimited(), "added to the variance", d, norm,
            &NormConfig::eps),
      field("discriminator.norm.momentum", unlimited(),
            "share of the old running statistics that stays", d, norm, &NormConfig::momentum),
      field("discriminator.leaky_slope", unlimited(), "slope of negative values", d,
            &PatchGanSettings::leaky_slope),
      field("discriminator.last_stddev", unlimited(), "the last convolution starts at N(0, this)",
            d, &PatchGanSettings::last_stddev),
  };
}

std::vector<Field> loss_fields() {
  return {
      field("pixel_loss", unlimited(), "distance of the made image from the truth",
            &Recipe::pixel_loss)
          .older("l1"),
      field("l1_weight", within(0, 1e6), "weight of the pixel loss", &Recipe::l1_weight),
      field("bone_shift_weight", of_corrections(1e6),
            "weight of a shift in bone, of scans in HU; only with a residual head",
            &Recipe::bone_shift_weight)
          .older(0.0),
      field("loss", unlimited(), "adversarial loss; vanilla is cross-entropy of logits",
            &Recipe::loss),
      field("adversarial_weight", within(0, 1e6), "weight of the adversarial loss",
            &Recipe::adversarial_weight),
      field("adversarial_start", within(0, 1),
            "share of the schedule before which the discriminator rests",
            &Recipe::adversarial_start),
      field("discriminator_weight", within(0, 1e6), "weight of the discriminator's own loss",
            &Recipe::discriminator_weight),
      field("judged_gain", of_corrections(1e4),
            "the discriminator judges image minus base, times this; 0: the image",
            &Recipe::judged_gain)
          .older(0.0),
  };
}

std::vector<Field> optimiser_fields() {
  return {
      field("adam.beta1", within(0, 0.999999), "share of the old mean gradient that stays",
            &Recipe::adam, &nn::AdamOptions::beta1),
      field("adam.beta2", within(0, 0.999999), "the same of the mean square", &Recipe::adam,
            &nn::AdamOptions::beta2),
      field("adam.epsilon", within(1e-30, 1), "added to the root of the mean square", &Recipe::adam,
            &nn::AdamOptions::epsilon),
      field("learning_rate", within(1e-12, 1e3), "learning rate at the start of the schedule",
            &Recipe::learning_rate),
      field("schedule", unlimited(),
            "how the learning rate falls; linear_decay: in the second half", &Recipe::schedule),
      field("batch", within(1, 256), "examples in a step", &Recipe::batch),
      field("epochs", within(1e-9, 1e9), "length of the schedule, in passes over the training data",
            &Recipe::epochs),
  };
}

std::vector<Field> data_fields() {
  constexpr double kSide = 8192;  // of an image
  const auto above_low = [](const Recipe& r) {
    return std::optional<Limits>({r.window_low + 1, 2e5});
  };
  return {
      field("protocol", unlimited(), "which slices are trained on", &Recipe::protocol),
      field("size", within(0, kSide), "slices are resampled to this side; 0: not at all",
            &Recipe::size),
      field("crop", within(0, kSide), "side of the training crops; 0: whole images", &Recipe::crop),
      field("enlarge", within(0, kSide),
            "images are enlarged by this many pixels, then cut back at a random place",
            &Recipe::enlarge),
      field("shrink", within(1, 4),
            "crops cover up to this many times their side, and are averaged down", &Recipe::shrink),
      field("mirror", unlimited(), "left and right are exchanged in half of the examples",
            &Recipe::mirror),
      field("swap", unlimited(), "slices are in reverse order in half of the examples",
            &Recipe::swap),
      field("window_low", within(-1e5, 1e5), "HU or grey level that becomes -1",
            &Recipe::window_low),
      field("window_high", above_low, "HU or grey level that becomes 1", &Recipe::window_high),
      field("grey128", unlimited(), "the window becomes grey levels v, and these v / 128 - 1",
            &Recipe::grey128),
      field("predict_mode", unlimited(), "statistics of batch norm in a prediction",
            &Recipe::predict_mode),
  };
}

}  // namespace

const std::vector<Field>& fields() {
  static const std::vector<Field> all = [] {
    std::vector<Field> table;
    for (const auto& part : {input_fields(), generator_fields(), discriminator_fields(),
                             loss_fields(), optimiser_fields(), data_fields()}) {
      table.insert(table.end(), part.begin(), part.end());
    }
    return table;
  }();
  return all;
}

}  // namespace train
