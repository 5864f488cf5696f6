#include <nlohmann/json.hpp>
#include <optional>

#include "data/draw/markup.h"
#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "data/surface/mesh.h"
#include "data/surface/reduce.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/record.h"
#include "train/program/progress.h"

namespace tools {
namespace {

struct Options {
  std::string scan, out, surface;
  std::optional<double> level;
  bool open = false, largest = false, json = false;
  nn::index most = 200'000;
  data::ReadOptions read;
};

constexpr double kBone = 300;
constexpr double kSkin = -300;

double level_of(const Options& o, data::Unit unit) {
  if (o.level) return *o.level;
  nn::require(unit == data::Unit::hu, o.scan,
              data::to_string(unit) + ", in which bone and skin have no value", "a level",
              "give --level in the scan's own values");
  nn::require(o.surface.empty() || o.surface == "bone" || o.surface == "skin", "--surface",
              "'" + o.surface + "'", "bone or skin");
  return o.surface == "skin" ? kSkin : kBone;
}

std::string describe(const Options& o, double level, data::Unit unit) {
  const std::string name = o.level ? "level" : o.surface.empty() ? "bone" : o.surface;
  return name + " " + data::fixed(level, 1) + (unit == data::Unit::hu ? " HU" : "");
}

/// What a surface has become.
struct Result {
  nn::index triangles_before = 0;
  data::surface::Measures measures;
  std::optional<data::surface::Distances> moved;  ///< none where no triangle was taken away
  std::uint64_t bytes = 0;
};

double millilitres(const data::surface::Measures& m) { return m.volume_mm3 / 1000; }
double square_centimetres(const data::surface::Measures& m) { return m.area_mm2 / 100; }

nlohmann::ordered_json result_of(const Options& o, double level, const Result& r) {
  using Json = nlohmann::ordered_json;
  const data::surface::Measures& m = r.measures;
  return {{"out", o.out},
          {"bytes", r.bytes},
          {"level", level},
          {"triangles_before", r.triangles_before},
          {"largest_distance_mm", r.moved ? Json(r.moved->largest) : Json()},
          {"mean_distance_mm", r.moved ? Json(r.moved->mean) : Json()},
          {"vertices", m.points},
          {"triangles", m.triangles},
          {"components", m.components},
          {"watertight", m.watertight()},
          {"open_edges", m.open_edges},
          {"euler_characteristic", m.euler},
          {"area_cm2", square_centimetres(m)},
          {"volume_ml", m.watertight() ? Json(millilitres(m)) : Json()}};
}

nlohmann::ordered_json options_of(const Options& o, double level, const Common& common) {
  nlohmann::ordered_json j{
      {"level", level}, {"closed", !o.open}, {"largest", o.largest}, {"reduce", o.most}};
  j.update(train::to_read_json(o.read));
  j.update(to_options_json(common));
  return j;
}

void say_result(const Options& o, const Result& r) {
  const data::surface::Measures& m = r.measures;
  std::string text = o.out + ": ";
  if (r.moved) {
    text += std::to_string(r.triangles_before) + " triangles became " +
            std::to_string(m.triangles) + ", at most " + data::fixed(r.moved->largest, 2) +
            " mm from where they were (mean " + data::fixed(r.moved->mean, 3) + " mm), in ";
  } else {
    text += std::to_string(m.triangles) + " triangles in ";
  }
  print(text + std::to_string(m.components) + (m.components == 1 ? " piece, " : " pieces, ") +
        (m.watertight() ? "watertight, " + data::fixed(millilitres(m), 1) + " ml, "
                        : "open at " + std::to_string(m.open_edges) + " edges, ") +
        data::fixed(square_centimetres(m), 1) + " cm2; " +
        data::fixed(static_cast<double>(r.bytes) / 1e6, 1) + " MB\n");
}

/// At most o.most triangles, where that is not 0.
data::surface::Mesh reduce(const data::surface::Mesh& mesh, const Options& o, Result& result,
                           train::Messages& messages) {
  result.triangles_before = static_cast<nn::index>(mesh.triangles.size());
  if (o.most == 0 || result.triangles_before <= o.most) return mesh;
  const auto too_many = static_cast<std::uint64_t>(result.triangles_before - o.most);
  data::surface::Mesh less;
  {
    train::Progress progress("reduce", too_many, messages);
    less = data::surface::reduced(mesh, o.most, [&](nn::index left) {
      progress.update(static_cast<std::uint64_t>(result.triangles_before - left));
    });
  }
  result.moved = data::surface::distances_between(mesh, less);
  if (const auto left = static_cast<nn::index>(less.triangles.size()); left > o.most) {
    messages.warn("--reduce: " + std::to_string(left) +
                  " triangles are left: fewer would change the surface's pieces or holes");
  }
  return less;
}

void run(const Options& o, const Common& common) {
  train::Messages messages(common.say(), common.strict);
  nn::require(o.surface.empty() || !o.level, "--level", "--surface as well", "one of them");
  data::surface::require_mesh_name(o.out);
  for (const std::string& path : {o.out, train::record_path(o.out)}) {
    const data::AtomicFile probe(path, common.force);
  }
  const data::Volume scan = data::read_volume(o.scan, o.read);
  const double level = level_of(o, scan.unit);

  data::surface::Mesh mesh;
  train::Record record("mesh", common.command_line);
  record.add_input(scan);
  nlohmann::ordered_json taken = options_of(o, level, common);
  taken["axis"] = scan.slice_axis;
  record.set_options(taken);
  messages.warn(scan.warnings);
  messages.require_none();
  {
    train::Progress progress("mesh", static_cast<std::uint64_t>(scan.slices()), messages);
    data::surface::SurfaceOptions options;
    options.level = level;
    options.closed = !o.open;
    options.done = [&](nn::index slices) { progress.update(static_cast<std::uint64_t>(slices)); };
    mesh = data::surface::isosurface(scan, options);
  }
  nn::require(!mesh.triangles.empty(), o.scan, "no surface at " + data::fixed(level, 1),
              "a level that some voxels reach and others do not", "choose another --level");
  if (o.largest) mesh = data::surface::largest_component(mesh);
  Result result;
  mesh = reduce(mesh, o, result, messages);
  messages.require_none();
  data::OutputSet outputs(common.force);
  result.bytes = data::surface::write_mesh(outputs, o.out, mesh, describe(o, level, scan.unit));
  result.measures = data::surface::measure(mesh);
  record.set_result(result_of(o, level, result));
  const std::string text = record.write(outputs, train::record_path(o.out), messages);
  outputs.commit();
  if (o.json) {
    print(text);
  } else if (!common.quiet) {
    say_result(o, result);
  }
}

}  // namespace

void add_mesh(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("mesh", "Write the surface of bone or skin for 3-D viewers");
  cmd->add_option("scan", o->scan,
                  "NIfTI, NRRD, MetaImage or TIFF file, folder or zip of DICOM files or pictures, "
                  "phantom:SEED")
      ->required();
  cmd->add_option("--out", o->out, "The surface to write, .stl, .ply or .obj")->required();
  cmd->add_option("--surface", o->surface, "bone (300 HU) or skin (-300 HU) [bone]");
  cmd->add_option("--level", o->level, "Another value in HU, or a grey level of pictures");
  cmd->add_flag("--largest", o->largest, "Only the piece with the largest area");
  cmd->add_option("--reduce", o->most, "At most this many triangles; 0 keeps all of them")
      ->check(whole_number(0, data::surface::kMostTriangles))
      ->type_name("TRIANGLES")
      ->capture_default_str();
  cmd->add_flag("--open", o->open, "Leave the surface open where the scan ends");
  add_read_options(*cmd, o->read);
  cmd->add_flag("--json", o->json, "Print JSON");
  set_help(*cmd,
           {{"Options",
             {"--out FILE", "--surface NAME", "--level HU", "--largest", "--open", "--json"}}},
           {{"Bone, for a viewer or a printer", "ct2ct mesh x2.nii.gz --out skull.stl"},
            {"The largest piece of the skin",
             "ct2ct mesh dicom/ --surface skin --largest --out skin.ply"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
