#include "data/surface/mesh.h"

#include <cstring>

#include "data/files/atomic_file.h"
#include "data/volume/placement.h"
#include "nn/core/error.h"

namespace data::surface {
namespace {

constexpr char kMark[] = "ct2ct RESEARCH SPACE=RAS mm ";
constexpr std::size_t kStlHeader = 80;

/// Little-endian numbers (as this machine's are), collected into writes of a megabyte.
class Out {
 public:
  explicit Out(AtomicFile& file) : file_(file) {}

  template <class T>
  void put(const T& value) {
    const auto* from = reinterpret_cast<const char*>(&value);
    buffer_.insert(buffer_.end(), from, from + sizeof(T));
    if (buffer_.size() >= std::size_t{1} << 20) flush();
  }
  void put_text(const std::string& text) {
    buffer_.insert(buffer_.end(), text.begin(), text.end());
  }
  void flush() {
    file_.write(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

 private:
  AtomicFile& file_;
  std::vector<char> buffer_;
};

Point point(const std::array<float, 3>& p) {
  return {static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2])};
}

/// Of length 1; zero for a triangle without area, as the format's readers expect.
std::array<float, 3> normal_of(const Mesh& mesh, const std::array<std::uint32_t, 3>& t) {
  const Point a = point(mesh.points[t[0]]);
  const Point n = cross(minus(point(mesh.points[t[1]]), a), minus(point(mesh.points[t[2]]), a));
  const double size = length(n);
  if (!(size > 0)) return {0, 0, 0};
  return {static_cast<float>(n[0] / size), static_cast<float>(n[1] / size),
          static_cast<float>(n[2] / size)};
}

void put_stl(Out& out, const Mesh& mesh, const std::string& what) {
  // Must not begin with "solid", which announces the text format.
  std::string header = kMark + what;
  header.resize(kStlHeader, ' ');
  out.put_text(header);
  out.put(static_cast<std::uint32_t>(mesh.triangles.size()));
  for (const auto& t : mesh.triangles) {
    out.put(normal_of(mesh, t));
    for (const std::uint32_t corner : t) out.put(mesh.points[corner]);
    out.put(std::uint16_t{0});
  }
}

void put_ply(Out& out, const Mesh& mesh, const std::string& what) {
  out.put_text("ply\nformat binary_little_endian 1.0\ncomment " + (kMark + what) +
               "\nelement vertex " + std::to_string(mesh.points.size()) +
               "\nproperty float x\nproperty float y\nproperty float z\nelement face " +
               std::to_string(mesh.triangles.size()) +
               "\nproperty list uchar int vertex_indices\nend_header\n");
  for (const auto& p : mesh.points) out.put(p);
  for (const auto& t : mesh.triangles) {
    out.put(std::uint8_t{3});
    out.put(t);
  }
}

}  // namespace

void require_mesh_name(const std::string& path) {
  nn::require(path.ends_with(".stl") || path.ends_with(".ply"), path, "not a name of a surface",
              "a name that ends in .stl or .ply");
}

void write_mesh(OutputSet& outputs, const std::string& path, const Mesh& mesh,
                const std::string& what) {
  require_mesh_name(path);
  Out out(outputs.file(path));
  if (path.ends_with(".stl")) {
    put_stl(out, mesh, what);
  } else {
    put_ply(out, mesh, what);
  }
  out.flush();
}

void write_mesh(const std::string& path, const Mesh& mesh, const std::string& what, bool force) {
  OutputSet outputs(force);
  write_mesh(outputs, path, mesh, what);
  outputs.commit();
}

}  // namespace data::surface
