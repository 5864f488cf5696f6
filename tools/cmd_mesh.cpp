#include <nlohmann/json.hpp>
#include <optional>

#include "data/draw/markup.h"
#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "data/surface/mesh.h"
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

double millilitres(const data::surface::Measures& m) { return m.volume_mm3 / 1000; }
double square_centimetres(const data::surface::Measures& m) { return m.area_mm2 / 100; }

nlohmann::ordered_json result_of(const Options& o, double level, const data::surface::Measures& m) {
  using Json = nlohmann::ordered_json;
  return {{"out", o.out},
          {"level", level},
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
  nlohmann::ordered_json j{{"level", level}, {"closed", !o.open}, {"largest", o.largest}};
  j.update(train::to_read_json(o.read));
  j.update(to_options_json(common));
  return j;
}

void say_result(const Options& o, const data::surface::Measures& m) {
  print(o.out + ": " + std::to_string(m.triangles) + " triangles in " +
        std::to_string(m.components) + (m.components == 1 ? " piece, " : " pieces, ") +
        (m.watertight() ? "watertight, " + data::fixed(millilitres(m), 1) + " ml, "
                        : "open at " + std::to_string(m.open_edges) + " edges, ") +
        data::fixed(square_centimetres(m), 1) + " cm2\n");
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
  data::OutputSet outputs(common.force);
  data::surface::write_mesh(outputs, o.out, mesh, describe(o, level, scan.unit));
  const data::surface::Measures measures = data::surface::measure(mesh);
  record.set_result(result_of(o, level, measures));
  const std::string text = record.write(outputs, train::record_path(o.out), messages);
  outputs.commit();
  if (o.json) {
    print(text);
  } else if (!common.quiet) {
    say_result(o, measures);
  }
}

}  // namespace

void add_mesh(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("mesh", "Write the surface of bone or skin for 3-D viewers");
  cmd->add_option("scan", o->scan,
                  "NIfTI file, folder or zip of DICOM files or pictures, phantom:SEED")
      ->required();
  cmd->add_option("--out", o->out, "The surface to write, .stl or .ply")->required();
  cmd->add_option("--surface", o->surface, "bone (300 HU) or skin (-300 HU) [bone]");
  cmd->add_option("--level", o->level, "Another value in HU, or a grey level of pictures");
  cmd->add_flag("--largest", o->largest, "Only the piece with the largest area");
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
