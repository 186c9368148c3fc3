#include "families/nback/data/stimuli/mesh.hpp"

#include <fstream>
#include <numbers>

#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

void write(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

// Two triangles of areas 2 and 0.5 in the plane z = 1, apart from each other, in two colours.
const char* const kTwoFaces =
    "mtllib two.mtl\n"
    "v 0 0 1\nv 2 0 1\nv 0 2 1\nv 4 4 1\nv 5 4 1\nv 4 5 1\n"
    "usemtl red\nf 1 2 3\nusemtl blue\nf 4 5 6\n";
const char* const kTwoColours = "newmtl red\nKd 0.8 0.1 0\nnewmtl blue\nKd 0 0 2\n";

}  // namespace

TEST_CASE("mesh: Wavefront file with materials", "[mesh]") {
  const test::TemporaryDirectory folder;
  write(folder / "two.obj", kTwoFaces);
  write(folder / "two.mtl", kTwoColours);
  const Mesh mesh = read_obj(folder / "two.obj");
  REQUIRE(mesh.triangles.size() == 2);
  CHECK(mesh.materials[mesh.triangles[0].material].x == Approx(0.8));
  CHECK(mesh.materials[mesh.triangles[1].material].z == 1.0);  // clamped
  CHECK(surface_area(mesh) == Approx(2.5));
}

TEST_CASE("mesh: polygons are triangulated and groups joined; without materials they are grey", "[mesh]") {
  const test::TemporaryDirectory folder;
  write(folder / "m.obj", "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\ng a\nf 1 2 3 4\ng b\nv 0 0 2\nf 1 2 -1\n");
  const Mesh mesh = read_obj(folder / "m.obj");
  CHECK(mesh.triangles.size() == 3);
  CHECK(mesh.materials[mesh.triangles[0].material].x == Approx(0.6));
}

TEST_CASE("mesh: what can't be a mesh is refused by name", "[mesh]") {
  const test::TemporaryDirectory folder;
  CHECK_THROWS_AS(read_obj(folder / "none.obj"), MissingInput);
  const std::pair<std::string, std::string> cases[] = {
      {"mesh without faces", "v 0 0 0\nv 1 0 0\nv 0 1 0\n"},
      {"mesh without faces", ""},
      {"mesh without faces", "placeholder object without geometry\n"},
      {"positive area", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n"},
      {"vertex", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"},
      {"bad.obj:6: a face names vertex 9; expected 1..4",  // a reader leaves out such a face of more than three corners
       "v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\nv 0 1 0\nf 1 2 9 4\n"},
      {"bad.obj:5: f: expected at most the 4 vertices above it, got -5",
       "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 -5\n"},
      {"bad.obj:2: v: expected finite numbers, got 1e39", "v 0 0 0\nv 1e39 0 0\nv 0 1 0\nf 1 2 3\n"},
      {"bad.obj:2: v: expected finite numbers, got nan", "v 0 0 0\nv nan 0 0\nv 0 1 0\nf 1 2 3\n"},
      {"bad.obj:3: v: expected finite numbers, got 0,5",
       "# a comment\nv 0 0 0\nv 0,5 0 0\nv 0 1 0\nf 1 2 3\n"},
      {"bad.obj:1: v: expected 3 numbers, got 0 1", "v 0 1\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"},
      {"bad.obj:4: f: expected indices v, v/vt, v//vn or v/vt/vn, not 0, got 1.5",
       "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 1.5 3\n"},
      {"got 2/x", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2/x 3\n"},
      {"bad.obj:4: f: expected 3 corners or more, got 1 2", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\n"},
      {"bad.obj:1: mtllib: expected a material file beside it, got no file", "mtllib gone.mtl\nv 0 0 0\n"},
      {"gone.mtl", "mtllib gone.mtl\nv 0 0 0\n"},
      {"bad.obj:1: mtllib: expected a material file beside it", "mtllib " + std::string(300, 'x') + "\n"},
  };
  for (const auto& [reason, text] : cases) {
    write(folder / "bad.obj", text);
    INFO(text);
    CHECK_THROWS_AS(read_obj(folder / "bad.obj"), DataError);
    CHECK_THROWS_WITH(read_obj(folder / "bad.obj"), Catch::Contains("bad.obj") && Catch::Contains(reason));
  }
  CHECK_THROWS_AS(read_obj(folder.path()), DataError);
}

// As programs write them: carriage returns, signs, texture corners, a trailing comment, vertex colours.
TEST_CASE("mesh: what other programs write is read", "[mesh]") {
  const test::TemporaryDirectory folder;
  write(folder / "two.mtl", kTwoColours);
  write(folder / "m.obj",
        "mtllib two.mtl\r\nv +0 0. .0 1 0.5 0.5\r\nv 1e0 0 0 # corner\r\nv 0 1 0\r\nvt 0 0\r\nvn 0 0 1\r\n"
        "usemtl red\r\nf 1/1/1 2//1 -1/1\r\n");
  const Mesh mesh = read_obj(folder / "m.obj");
  REQUIRE(mesh.triangles.size() == 1);
  CHECK(surface_area(mesh) == Approx(0.5));
  CHECK(mesh.materials[mesh.triangles[0].material].x == Approx(0.8));
}

TEST_CASE("mesh: a colour that is none and a material that is nowhere are refused with their line",
          "[mesh]") {
  const test::TemporaryDirectory folder;
  write(folder / "two.obj", kTwoFaces);
  write(folder / "two.mtl", "newmtl red\nKd 0.8 0.1 0\n");
  CHECK_THROWS_WITH(
      read_obj(folder / "two.obj"),
      Catch::Contains("two.obj:10: usemtl: expected a material of its material files, got blue"));
  write(folder / "two.mtl", "newmtl red\nKd 0,8 0,1 0\nnewmtl blue\nKd 0 0 2\n");
  CHECK_THROWS_WITH(read_obj(folder / "two.obj"),
                    Catch::Contains("two.mtl:2: Kd: expected finite numbers, got 0,8"));
}

TEST_CASE("mesh: normalisation", "[mesh]") {
  const test::TemporaryDirectory folder;
  write(folder / "two.obj", kTwoFaces);
  write(folder / "two.mtl", kTwoColours);
  Mesh mesh = read_obj(folder / "two.obj");
  normalise(mesh);
  // Box 5 x 5 x 0: diagonal sqrt(50). Weighted centroid: (2 (2/3) + 0.5 (13/3)) / 2.5 = 1.4.
  const double scale = 3 / std::sqrt(50.0);
  CHECK(mesh.vertices[0].x == Approx(-1.4 * scale));
  CHECK(mesh.vertices[0].z == Approx(0).margin(1e-12));
  CHECK(mesh.vertices[4].x == Approx((5 - 1.4) * scale));
  CHECK(surface_area(mesh) == Approx(2.5 * scale * scale));
}

TEST_CASE("mesh: primitives enclose the areas of geometry", "[mesh]") {
  const auto area = [](auto&& build) {
    Mesh mesh;
    build(mesh, add_material(mesh, {1, 1, 1}));
    return surface_area(mesh);
  };
  CHECK(area([](Mesh& m, int c) { add_box(m, {1, 2, 3}, {2, 3, 4}, c); }) == Approx(52));
  CHECK(area([](Mesh& m, int c) {
          add_beam(m, {0, 0, 0}, {3, 4, 0}, 0.2, 0.1, {0, 0, 1}, c);
        }) == Approx(2 * (0.02 + 0.5 + 1.0)));
  CHECK(area([](Mesh& m, int c) {
          add_extrusion(m, {{0, 0}, {1, 0}, {1, 1}, {0, 1}}, -1, 1, c);
        }) == Approx(10));
  // Inscribed 28-gons: within 1 % below cylinder and sphere.
  const double cylinder = 2 * std::numbers::pi * (0.25 + 0.5 * 2), sphere = 4 * std::numbers::pi;
  CHECK(area([](Mesh& m, int c) {
          add_tube(m, {0, 0, 0}, {0, 0, 2}, 0.5, 0.5, c);
        }) == Approx(cylinder).epsilon(0.01));
  CHECK(area([](Mesh& m, int c) {
          add_ellipsoid(m, {5, 5, 5}, {1, 1, 1}, c);
        }) == Approx(sphere).epsilon(0.02));
}
