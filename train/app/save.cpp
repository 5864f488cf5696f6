#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "data/files/output_set.h"
#include "data/io/write.h"
#include "train/app/jobs.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

struct Copy {
  std::string from, to;
};

constexpr const char* kRecord = ".record.json";

/// What is copied, the output itself first.
std::vector<Copy> copies_of(const Job& job, const std::string& folder, const std::string& format,
                            const std::string& base) {
  const std::string out = folder + "/out/", stem = out + job.stem;
  if (format == "gif") {
    return {{stem + ".gif", base + ".gif"}, {stem + kRecord, base + ".gif" + kRecord}};
  }
  if (format == "mesh") {
    return {{stem + ".stl", base + ".stl"}, {stem + ".stl" + kRecord, base + ".stl" + kRecord}};
  }
  if (format == "page") {
    const std::string page = folder + "/view.html";
    return {{page, base + ".html"}, {page + kRecord, base + ".html" + kRecord}};
  }
  const bool nifti = format == "nifti";
  const std::string from = nifti ? stem : out + format + "/" + job.stem;
  const std::string beside = nifti ? "" : "_" + format;
  std::vector<Copy> copies{{from + (nifti ? ".nii.gz" : ""), base + (nifti ? ".nii.gz" : "")},
                           {from + beside + kRecord, base + beside + kRecord},
                           {from + beside + ".slices.csv", base + beside + ".slices.csv"}};
  for (const char* map : {"_errors.nii.gz", "_errors.svg"}) {
    if (nifti && fs::is_regular_file(stem + map)) copies.push_back({stem + map, base + map});
  }
  return copies;
}

void copy_file(const std::string& from, data::AtomicFile& to) {
  std::ifstream in(from, std::ios::binary);
  std::vector<char> bytes(1 << 20);
  while (in) {
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    to.write(bytes.data(), static_cast<std::size_t>(in.gcount()));
  }
  nn::require(in.eof(), from, "a file that cannot be read", "the job's output");
}

void copy_folder(data::OutputSet& outputs, const Copy& c) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(c.from)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  const std::string to = outputs.folder(c.to, names).folder();
  for (const std::string& name : names) fs::copy_file(fs::path(c.from) / name, fs::path(to) / name);
}

/// A record says where its outputs lie: now they lie elsewhere, too.
std::string moved_record(const std::string& from, const std::vector<Copy>& copies) {
  Json record = Json::parse(text_of_file(from), nullptr, false);
  nn::require(record.is_object(), from, "no record", "the record of the job");
  const auto move = [&](Json& path) {
    if (!path.is_string()) return;
    for (const Copy& c : copies) {
      if (path == c.from) path = c.to;
    }
  };
  if (record.contains("out")) move(record["out"]);
  if (record.contains("outputs") && record["outputs"].is_array()) {
    for (Json& o : record["outputs"]) {
      if (o.is_object() && o.contains("path")) move(o["path"]);
    }
  }
  return record.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void make_mesh(const Job& job, const std::string& folder) {
  const std::string stem = folder + "/out/" + job.stem;
  if (fs::is_regular_file(stem + ".stl")) return;
  Job said;
  Child child;
  const ChildEnd end =
      child.run({"mesh", stem + ".nii.gz", "--out=" + stem + ".stl", "--messages=json"}, "/",
                [&](const std::string& line) { hear(said, line, 0); });
  if (end.code == 0) return;
  const auto part = [&](const char* name) {
    return said.error.is_object() ? said.error.at(name).get<std::string>() : std::string();
  };
  const bool said_so = !part("what").empty();
  throw Refused(400, "mesh", said_so ? part("what") : "no surface", part("expected"), part("hint"),
                "no_mesh");
}

std::uintmax_t bytes_of_copy(const std::string& path) {
  std::error_code none;
  std::uintmax_t sum = 0;
  if (fs::is_regular_file(path, none)) return fs::file_size(path, none);
  for (const auto& entry : fs::directory_iterator(path, none)) sum += entry.file_size(none);
  return sum;
}

void require_room(const std::vector<Copy>& copies, const std::string& target) {
  allow(::access(target.c_str(), W_OK | X_OK) == 0, 403, target,
        "a folder that you may not write to", "one of your own", "choose another folder",
        "read_only");
  std::uintmax_t sum = 0;
  for (const Copy& c : copies) sum += bytes_of_copy(c.from);
  std::error_code unknown;
  const fs::space_info room = fs::space(target, unknown);
  allow(unknown || sum < room.available, 413, target,
        std::to_string(room.available) + " free bytes", std::to_string(sum) + " bytes or more",
        "choose a folder on another disk", "no_room");
}

/// The name without an ending of the format, if it has one.
std::string base_name(const Job& job, const SaveRequest& r) {
  // Else the series and the pictures of one scan would be folders of one name.
  const char* apart = job.dicom && r.format == "png" ? "_pictures" : "";
  std::string name = r.name.value_or(job.stem + apart);
  if (r.format == "nifti") return data::stem_of(name);
  const std::string ending = r.format == "gif"    ? ".gif"
                             : r.format == "mesh" ? ".stl"
                             : r.format == "page" ? ".html"
                                                  : "";
  if (!ending.empty() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name.empty() ? job.stem : name;
}

}  // namespace

Json save_outputs(const Job& job, const std::string& folder, const std::string& target,
                  const SaveRequest& request) {
  if (request.format == "mesh") make_mesh(job, folder);
  const std::string base = target + "/" + base_name(job, request);
  const std::vector<Copy> copies = copies_of(job, folder, request.format, base);
  std::error_code none;
  allow(fs::exists(copies.front().from, none), 409, request.format, "an output that was not made",
        "one that was");
  for (const Copy& c : copies) {
    allow(request.force || !fs::exists(c.to, none), 409, c.to, "it exists already",
          "another name or folder", "or replace it", "exists");
  }
  require_room(copies, target);
  data::OutputSet outputs(request.force);
  for (const Copy& c : copies) {
    if (fs::is_directory(c.from)) {
      copy_folder(outputs, c);
    } else if (c.from.ends_with(kRecord)) {
      outputs.put(c.to, moved_record(c.from, copies));
    } else {
      copy_file(c.from, outputs.file(c.to));
    }
  }
  outputs.commit();
  Json saved = Json::array();
  for (const Copy& c : copies) saved.push_back(c.to);
  return saved;
}

}  // namespace train::app
