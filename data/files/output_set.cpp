#include "data/files/output_set.h"

#include <algorithm>
#include <filesystem>

#include "data/files/sha256.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

}  // namespace

std::string sha256_of_list(std::vector<HashedFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const HashedFile& a, const HashedFile& b) { return a.name < b.name; });
  Sha256 hash;
  for (const HashedFile& f : files) {
    const std::string line = f.sha256 + "  " + f.name + "\n";
    hash.update(line.data(), line.size());
  }
  return hash.hex();
}

std::vector<HashedFile> hashed_files(const std::string& folder,
                                     const std::vector<std::string>& names) {
  std::vector<HashedFile> files(names.size());
  nn::parallel_for(static_cast<nn::index>(names.size()), [&](nn::index i) {
    const auto k = static_cast<std::size_t>(i);
    files[k] = {names[k], sha256_of_file(folder + "/" + names[k])};
  });
  return files;
}

AtomicFile& OutputSet::file(const std::string& path) {
  return *std::get<File>(outputs_.emplace_back(std::make_unique<AtomicFile>(path, force_)));
}

AtomicFolder& OutputSet::folder(const std::string& path, const std::string& prefix,
                                const std::string& suffix) {
  return *std::get<Folder>(
      outputs_.emplace_back(std::make_unique<AtomicFolder>(path, prefix, suffix, force_)));
}

AtomicFolder& OutputSet::folder(const std::string& path, const std::vector<std::string>& names) {
  return *std::get<Folder>(
      outputs_.emplace_back(std::make_unique<AtomicFolder>(path, names, force_)));
}

void OutputSet::put(const std::string& path, const std::string& bytes) {
  file(path).write(bytes.data(), bytes.size());
}

std::vector<HashedPath> OutputSet::hashed() const {
  std::vector<HashedPath> all;
  for (const auto& output : outputs_) {
    if (const auto* file = std::get_if<File>(&output)) {
      all.push_back({(*file)->path(), sha256_of_file((*file)->temporary()), {}});
      continue;
    }
    const AtomicFolder& folder = *std::get<Folder>(output);
    HashedPath hashed{folder.path(), "", hashed_files(folder.folder(), names_in(folder.folder()))};
    hashed.sha256 = sha256_of_list(hashed.files);
    all.push_back(std::move(hashed));
  }
  return all;
}

void OutputSet::commit() {
  auto next = outputs_.rbegin();
  try {
    for (; next != outputs_.rend(); ++next) {
      std::visit([](const auto& output) { output->commit_revocably(); }, *next);
    }
  } catch (...) {
    while (next != outputs_.rbegin()) {
      --next;
      std::visit([](const auto& output) { output->undo(); }, *next);
    }
    throw;
  }
}

}  // namespace data
