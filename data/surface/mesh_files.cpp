#include "data/surface/mesh.h"

#include <charconv>

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
    flush_when_full();
  }
  void put_text(const std::string& text) {
    buffer_.insert(buffer_.end(), text.begin(), text.end());
    flush_when_full();
  }
  /// " 1.5" for each: the shortest text that reads back as the same value.
  void put_numbers(const std::array<float, 3>& values) {
    for (const float v : values) {
      std::array<char, 32> text{};
      const auto end = std::to_chars(text.data(), text.data() + text.size(), v);
      put_text(" " + std::string(text.data(), end.ptr));
    }
  }
  void flush() {
    file_.write(buffer_.data(), buffer_.size());
    bytes_ += buffer_.size();
    buffer_.clear();
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  void flush_when_full() {
    if (buffer_.size() >= std::size_t{1} << 20) flush();
  }

  AtomicFile& file_;
  std::vector<char> buffer_;
  std::uint64_t bytes_ = 0;
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
  out.put_text(
      "ply\nformat binary_little_endian 1.0\ncomment " + (kMark + what) + "\nelement vertex " +
      std::to_string(mesh.points.size()) +
      "\nproperty float x\nproperty float y\nproperty float z\nproperty float nx\nproperty float "
      "ny\nproperty float nz\nelement face " +
      std::to_string(mesh.triangles.size()) +
      "\nproperty list uchar int vertex_indices\nend_header\n");
  const auto normals = point_normals(mesh);
  for (std::size_t i = 0; i < mesh.points.size(); ++i) {
    out.put(mesh.points[i]);
    out.put(normals[i]);
  }
  for (const auto& t : mesh.triangles) {
    out.put(std::uint8_t{3});
    out.put(t);
  }
}

void put_obj(Out& out, const Mesh& mesh, const std::string& what) {
  out.put_text("# " + (kMark + what) + "\n");
  for (const auto& p : mesh.points) {
    out.put_text("v");
    out.put_numbers(p);
    out.put_text("\n");
  }
  for (const auto& n : point_normals(mesh)) {
    out.put_text("vn");
    out.put_numbers(n);
    out.put_text("\n");
  }
  for (const auto& t : mesh.triangles) {
    out.put_text("f");
    for (const std::uint32_t corner : t) {
      const std::string number = std::to_string(corner + 1);
      out.put_text(" ");
      out.put_text(number);
      out.put_text("//");
      out.put_text(number);
    }
    out.put_text("\n");
  }
}

}  // namespace

void require_mesh_name(const std::string& path) {
  const bool known = path.ends_with(".stl") || path.ends_with(".ply") || path.ends_with(".obj");
  nn::require(known, path, "not a name of a surface", "a name that ends in .stl, .ply or .obj");
}

std::uint64_t write_mesh(OutputSet& outputs, const std::string& path, const Mesh& mesh,
                         const std::string& what) {
  require_mesh_name(path);
  Out out(outputs.file(path));
  const auto put = path.ends_with(".stl") ? put_stl : path.ends_with(".ply") ? put_ply : put_obj;
  put(out, mesh, what);
  out.flush();
  return out.bytes();
}

void write_mesh(const std::string& path, const Mesh& mesh, const std::string& what, bool force) {
  OutputSet outputs(force);
  write_mesh(outputs, path, mesh, what);
  outputs.commit();
}

}  // namespace data::surface
