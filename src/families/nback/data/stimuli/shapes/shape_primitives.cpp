#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"

#include <numbers>

namespace tsd::nback {

namespace {

constexpr int kSides = 28;  // of anything round

std::int32_t add_vertex(Mesh& mesh, Vec3 v) {
  mesh.vertices.push_back(v);
  return static_cast<std::int32_t>(mesh.vertices.size()) - 1;
}

void add_quad(Mesh& mesh, std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d, int material) {
  mesh.triangles.push_back({{a, b, c}, material});
  mesh.triangles.push_back({{a, c, d}, material});
}

Vec3 unit(Vec3 v) { return (1 / norm(v)) * v; }

// Two unit vectors across `axis`; the first one as near to `hint` as possible.
std::array<Vec3, 2> across(Vec3 axis, Vec3 hint) {
  if (norm(cross(axis, hint)) < 1e-6) hint = {0, 0, 1};
  const Vec3 second = unit(cross(axis, hint));
  return {cross(second, axis), second};
}

}  // namespace

int add_material(Mesh& mesh, Colour colour) {
  mesh.materials.push_back(colour);
  return static_cast<int>(mesh.materials.size()) - 1;
}

void add_frustum(Mesh& mesh, const Quad& bottom, const Quad& top, int material) {
  std::int32_t b[4], t[4];
  for (int i = 0; i < 4; ++i) b[i] = add_vertex(mesh, bottom[i]);
  for (int i = 0; i < 4; ++i) t[i] = add_vertex(mesh, top[i]);
  add_quad(mesh, b[0], b[1], b[2], b[3], material);
  add_quad(mesh, t[0], t[1], t[2], t[3], material);
  for (int i = 0; i < 4; ++i) add_quad(mesh, b[i], b[(i + 1) % 4], t[(i + 1) % 4], t[i], material);
}

void add_box(Mesh& mesh, Vec3 centre, Vec3 size, int material) {
  const Vec3 h = 0.5 * size;
  const auto ring = [&](double y) {
    return Quad{centre + Vec3{-h.x, y, -h.z}, centre + Vec3{h.x, y, -h.z}, centre + Vec3{h.x, y, h.z},
                centre + Vec3{-h.x, y, h.z}};
  };
  add_frustum(mesh, ring(-h.y), ring(h.y), material);
}

void add_beam(Mesh& mesh, Vec3 a, Vec3 b, double width, double thickness, Vec3 side, int material) {
  const auto [u, v] = across(unit(b - a), side);
  const auto ring = [&, p = 0.5 * width * u, q = 0.5 * thickness * v](Vec3 c) {
    return Quad{c - p - q, c + p - q, c + p + q, c - p + q};
  };
  add_frustum(mesh, ring(a), ring(b), material);
}

void add_lathe(Mesh& mesh, Vec3 origin, Vec3 axis, const std::vector<Ring>& rings, int material) {
  const auto [u, v] = across(axis, {0, 1, 0});
  std::int32_t previous = 0;
  for (std::size_t i = 0; i < rings.size(); ++i) {
    const auto first = static_cast<std::int32_t>(mesh.vertices.size());
    for (int k = 0; k < kSides; ++k) {
      const double phi = 2 * std::numbers::pi * k / kSides;
      add_vertex(mesh, origin + rings[i].s * axis + rings[i].r * (std::cos(phi) * u + std::sin(phi) * v));
    }
    for (int k = 0; i > 0 && k < kSides; ++k) {
      const int next = (k + 1) % kSides;
      add_quad(mesh, previous + k, previous + next, first + next, first + k, material);
    }
    previous = first;
  }
}

void add_tube(Mesh& mesh, Vec3 a, Vec3 b, double radius_a, double radius_b, int material) {
  const double length = norm(b - a);
  add_lathe(mesh, a, unit(b - a), {{0, 0}, {0, radius_a}, {length, radius_b}, {length, 0}}, material);
}

void add_ellipsoid(Mesh& mesh, Vec3 centre, Vec3 radii, int material) {
  const std::size_t first = mesh.vertices.size();
  constexpr int rings = 14;
  std::vector<Ring> sphere;
  for (int i = 0; i <= rings; ++i) {
    const double theta = std::numbers::pi * i / rings;
    sphere.push_back({-std::cos(theta), std::sin(theta)});
  }
  add_lathe(mesh, {0, 0, 0}, {0, 1, 0}, sphere, material);
  for (std::size_t i = first; i < mesh.vertices.size(); ++i) {
    Vec3& v = mesh.vertices[i];
    v = centre + Vec3{radii.x * v.x, radii.y * v.y, radii.z * v.z};
  }
}

void add_extrusion(Mesh& mesh, const std::vector<Corner>& outline, double x0, double x1, int material) {
  const auto first = static_cast<std::int32_t>(mesh.vertices.size());
  const auto n = static_cast<std::int32_t>(outline.size());
  for (const double x : {x0, x1})
    for (const Corner& c : outline) add_vertex(mesh, {x, c.y, c.z});
  for (std::int32_t i = 0; i < n; ++i)
    add_quad(mesh, first + i, first + (i + 1) % n, first + n + (i + 1) % n, first + n + i, material);
  for (const std::int32_t side : {first, first + n})
    for (std::int32_t i = 1; i + 1 < n; ++i)
      mesh.triangles.push_back({{side, side + i, side + i + 1}, material});
}

Mesh unit_box() {
  Mesh mesh;
  add_box(mesh, {0, 0, 0}, {1, 1, 1}, add_material(mesh, kUncoloured));
  return mesh;
}

}  // namespace tsd::nback
