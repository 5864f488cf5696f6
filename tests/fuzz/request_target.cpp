// train/app/: what the server itself reads of a request. The first byte says what the rest is.
#include <cstdlib>
#include <filesystem>

#include "nn/core/error.h"
#include "tests/fuzz/targets.h"
#include "train/app/guard.h"
#include "train/app/job.h"
#include "train/app/places.h"
#include "train/app/requests.h"

namespace fuzz {
namespace {

using namespace train::app;

/// A bug of the checks: what they let pass must stay below the folder.
void require_inside(const std::string& path) {
  const std::filesystem::path root = "/root/of/all";
  const std::string whole = (root / path).lexically_normal().string();
  if (!whole.starts_with("/root/of/all/")) std::abort();
}

void read_body(char kind, const std::string& text) {
  const Json body = object_from(text);
  switch (kind) {
    case 'i':
      interpolate_from(body);
      break;
    case 't':
      train_from(body);
      break;
    case 's':
      if (const SaveRequest r = save_from(body); r.name) require_inside(*r.name);
      break;
    case 'd': {
      const DropRequest r = drop_from(body, kMostFile, kMostDrop);
      for (const DropFile& f : r.files) require_inside(r.name + "/" + f.path);
      break;
    }
    case 'o':
      path_from(body);
      break;
    case 'k':
      kind_from(body);
      break;
    case 'f':
      force_from(body);
      break;
    default:
      require_empty(body);
  }
}

/// Two parts of a head, with a line between them: a cookie, and a length.
void read_head(const std::string& text) {
  const std::size_t line = text.find('\n');
  const std::string first = text.substr(0, line);
  const std::string second = line == std::string::npos ? "" : text.substr(line + 1);
  static const Guard guard(1234);
  Visit visit{"GET", first, "127.0.0.1:1234", "", "", first, second, ""};
  visit.length = length_in(second);
  visit.token = second;
  // Nobody guesses the secrets.
  if (guard.judge(visit).what != Judgement::What::refused) std::abort();
  if (cookie_in(first, "ct2ct_1234").size() > first.size()) std::abort();
}

}  // namespace

void read_request(const std::string& bytes) {
  if (bytes.empty()) return;
  const std::string rest = bytes.substr(1);
  if (bytes[0] == 'p') {
    if (is_relative_path(rest)) require_inside(rest);
    if (is_file_name(rest)) require_inside(rest);
    if (is_id(rest)) require_inside(rest);
    if (is_phantom(rest) && rest.find('/') != std::string::npos) std::abort();
  } else if (bytes[0] == 'h') {
    read_head(rest);
  } else if (bytes[0] == 'l') {
    Job job;
    job.asked = Json::object();
    hear(job, rest, 1);
    to_page_json(job, 0).dump();
  } else {
    read_body(bytes[0], rest);
  }
}

std::vector<std::string> request_seeds() {
  return {
      R"(i{"kind":"interpolate","scan":"a1","series":"1.2","factor":2,"model":"default","method":"model","formats":["dicom"],"folder":"/a"})",
      R"(i{"kind":"interpolate","scan":"a1","spacing":1.5,"method":"cubic"})",
      R"(t{"kind":"train","scans":[{"scan":"a1","series":null}],"minutes":3,"from":"default","name":"m"})",
      R"(s{"format":"nifti","folder":"/a","name":"b.nii","force":true})",
      R"(d{"name":"d","files":[{"path":"a/b.dcm","bytes":100},{"path":"c","bytes":0}]})",
      R"(o{"path":"/a/b"})",
      R"(k{"kind":"train"})",
      R"(f{"force":true})",
      "e{}",
      "pa/b/c.dcm",
      "hct2ct_1234=AAAAAAAAAAAAAAAAAAAAAA; a=b\n100",
      R"(l{"progress":{"label":"self-check","done":1,"total":2,"elapsed":1.5,"left":null,"message":""}})",
      R"(l{"error":{"where":"a","got":"b","expected":"c","hint":"d","text":"e"},"exit_code":2})",
      R"(l{"warning":"a"})"};
}

}  // namespace fuzz
