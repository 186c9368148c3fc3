// Triangle meshes with one diffuse colour per face. nback.md 2.1, 2.2.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace tsd::nback {

struct Vec3 {
  double x = 0, y = 0, z = 0;
  friend Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend Vec3 operator*(double s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
};
inline double dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double norm(Vec3 a) { return std::sqrt(dot(a, a)); }

using Colour = Vec3;                                    // linear red, green, blue in 0..1
inline constexpr Colour kUncoloured = {0.6, 0.6, 0.6};  // a face without a material

struct Triangle {
  std::array<std::int32_t, 3> vertex{};
  std::int32_t material = 0;
};

// Up is +y, the front faces -z (as in ShapeNet).
struct Mesh {
  std::vector<Vec3> vertices;
  std::vector<Triangle> triangles;
  std::vector<Colour> materials;
};

// A Wavefront file with the diffuse colours (Kd) of its material files; polygons are triangulated, all groups
// joined. MissingInput, or DataError with path and reason: unreadable, no faces, faces of no area, an index
// or number out of range, and whatever check_obj() of mesh_text.hpp refuses.
Mesh read_obj(const std::filesystem::path& path);

// Moves the area-weighted mean of the triangles' centroids to the origin and scales the bounding box to
// diagonal 3. Needs faces with area.
void normalise(Mesh& mesh);

double surface_area(const Mesh& mesh);

}  // namespace tsd::nback
