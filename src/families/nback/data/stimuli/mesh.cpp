#include "families/nback/data/stimuli/mesh.hpp"

#include <tiny_obj_loader.h>

#include <algorithm>
#include <limits>

#include "families/nback/data/stimuli/mesh_text.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

std::string first_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

struct Area {
  double area;
  Vec3 centroid;
};
Area area_of(const Mesh& mesh, const Triangle& triangle) {
  const Vec3 a = mesh.vertices[triangle.vertex[0]], b = mesh.vertices[triangle.vertex[1]],
             c = mesh.vertices[triangle.vertex[2]];
  return {0.5 * norm(cross(b - a, c - a)), (1.0 / 3) * (a + b + c)};
}

void copy_vertices(const tinyobj::attrib_t& attributes, Mesh& mesh) {
  for (std::size_t i = 0; i + 2 < attributes.vertices.size(); i += 3)
    mesh.vertices.push_back({attributes.vertices[i], attributes.vertices[i + 1], attributes.vertices[i + 2]});
}

void copy_materials(const std::vector<tinyobj::material_t>& materials, Mesh& mesh) {
  for (const auto& m : materials)
    mesh.materials.push_back({std::clamp<double>(m.diffuse[0], 0, 1), std::clamp<double>(m.diffuse[1], 0, 1),
                              std::clamp<double>(m.diffuse[2], 0, 1)});
  mesh.materials.push_back(kUncoloured);
}

void copy_faces(const tinyobj::mesh_t& source, const std::string& path, Mesh& mesh) {
  const int uncoloured = static_cast<int>(mesh.materials.size()) - 1;
  for (std::size_t f = 0; f + 1 <= source.indices.size() / 3; ++f) {
    const int material = f < source.material_ids.size() ? source.material_ids[f] : -1;
    Triangle triangle;
    triangle.material = material >= 0 && material < uncoloured ? material : uncoloured;
    for (int corner = 0; corner < 3; ++corner) {
      const int index = source.indices[3 * f + corner].vertex_index;
      if (index < 0 || index >= static_cast<int>(mesh.vertices.size()))
        throw DataError(path + ": a face names vertex " + std::to_string(index + 1) + "; expected 1.." +
                        std::to_string(mesh.vertices.size()));
      triangle.vertex[corner] = index;
    }
    mesh.triangles.push_back(triangle);
  }
}

}  // namespace

Mesh read_obj(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) throw MissingInput(path.string() + ": no such mesh file");
  tinyobj::ObjReader reader;
  if (std::filesystem::is_regular_file(path)) check_obj(path);
  if (!std::filesystem::is_regular_file(path) || !reader.ParseFromFile(path.string()))
    throw DataError(path.string() + ": not a readable Wavefront file: " + first_line(reader.Error()));
  Mesh mesh;
  copy_vertices(reader.GetAttrib(), mesh);
  copy_materials(reader.GetMaterials(), mesh);
  for (const auto& shape : reader.GetShapes()) copy_faces(shape.mesh, path.string(), mesh);
  if (mesh.triangles.empty()) throw DataError(path.string() + ": mesh without faces");
  const double area = surface_area(mesh);
  if (!(area > 0) || !std::isfinite(area))
    throw DataError(path.string() + ": expected faces of positive area, got " + std::to_string(area));
  return mesh;
}

double surface_area(const Mesh& mesh) {
  double area = 0;
  for (const Triangle& triangle : mesh.triangles) area += area_of(mesh, triangle).area;
  return area;
}

void normalise(Mesh& mesh) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double area = 0;
  Vec3 centre, low = {infinity, infinity, infinity}, high = {-infinity, -infinity, -infinity};
  for (const Triangle& triangle : mesh.triangles) {
    const Area part = area_of(mesh, triangle);
    area += part.area;
    centre = centre + part.area * part.centroid;
    for (const int i : triangle.vertex) {
      const Vec3 v = mesh.vertices[i];
      low = {std::min(low.x, v.x), std::min(low.y, v.y), std::min(low.z, v.z)};
      high = {std::max(high.x, v.x), std::max(high.y, v.y), std::max(high.z, v.z)};
    }
  }
  centre = (1 / area) * centre;
  const double scale = 3.0 / norm(high - low);
  for (Vec3& v : mesh.vertices) v = scale * (v - centre);
}

}  // namespace tsd::nback
