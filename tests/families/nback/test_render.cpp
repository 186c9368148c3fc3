#include "families/nback/data/stimuli/render.hpp"

#include <algorithm>
#include <cmath>

#include "families/nback/data/stimuli/mesh.hpp"
#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

// A square of half-width h facing the camera at angle 0, in the plane z = `towards` (after scaling by 1.2 and
// rotating).
Mesh facing_square(double h, double towards, Colour colour) {
  const Rotation r = view_rotation(0);
  const auto back_rotated = [&](double x, double y, double z) {  // R^T v / 1.2
    return (1 / 1.2) * (x * r[0] + y * r[1] + z * r[2]);
  };
  Mesh mesh;
  mesh.materials = {colour};
  for (const double y : {-h, h})
    for (const double x : {-h, h}) mesh.vertices.push_back(back_rotated(x, y, towards));
  mesh.triangles = {{{0, 1, 2}, 0}, {{1, 3, 2}, 0}};
  return mesh;
}

void append(Mesh& mesh, const Mesh& other) {
  const auto vertices = static_cast<std::int32_t>(mesh.vertices.size()),
             materials = static_cast<std::int32_t>(mesh.materials.size());
  mesh.vertices.insert(mesh.vertices.end(), other.vertices.begin(), other.vertices.end());
  mesh.materials.insert(mesh.materials.end(), other.materials.begin(), other.materials.end());
  for (Triangle t : other.triangles) {
    for (auto& v : t.vertex) v += vertices;
    t.material += materials;
    mesh.triangles.push_back(t);
  }
}

int lit_pixels(const Image& image) {
  int n = 0;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3)
    n += image.pixels[i] + image.pixels[i + 1] + image.pixels[i + 2] > 0;
  return n;
}

// Every pixel holds its own coordinates.
Image coordinates() {
  Image image = black_image(kImageSide, kImageSide);
  for (int y = 0; y < kImageSide; ++y)
    for (int x = 0; x < kImageSide; ++x)
      image.at(x, y)[0] = static_cast<std::uint8_t>(x), image.at(x, y)[1] = static_cast<std::uint8_t>(y),
                  image.at(x, y)[2] = 255;
  return image;
}

}  // namespace

TEST_CASE("render: rotations of the four views", "[render]") {
  // nback.md 2.2, rounded there to five digits.
  const double expected[4][9] = {{-1, 0, 0, 0, .97367, .22798, 0, .22798, -.97367},
                                 {-.7071, .16121, -.68849, 0, .97367, .22798, .70711, .1612, -.68848},
                                 {-.70697, -.16124, .68862, 0, .97367, .22798, -.70724, .16117, -.68835},
                                 {-1, 0, 0, 0, .86582, .50035, 0, .50035, -.86582}};
  for (int angle = 0; angle < 4; ++angle) {
    const Rotation r = view_rotation(angle);
    for (int row = 0; row < 3; ++row) {
      const double got[3] = {r[row].x, r[row].y, r[row].z};
      for (int column = 0; column < 3; ++column) {
        INFO("angle " << angle << ", row " << row << ", column " << column);
        CHECK(got[column] == Approx(expected[angle][3 * row + column]).margin(1.1e-5));
      }
    }
  }
}

TEST_CASE("render: perspective projection and coverage", "[render]") {
  // 0.5 * 224 * sqrt(3) / 6 = 32.33 pixels per unit at the origin's plane; twice that at half the distance.
  for (const double towards : {0.0, 3.0}) {
    const double half = 0.5, pixels = 112 * std::sqrt(3.0) * half / (6 - towards);
    const Image image = render(facing_square(half, towards, {1, 1, 1}), 0);
    int first = kImageSide, last = -1;
    for (int x = 0; x < kImageSide; ++x)
      if (image.at(x, 112)[0] == 216) first = std::min(first, x), last = std::max(last, x);  // fully covered
    CHECK(first == static_cast<int>(std::ceil(112 - pixels)));
    CHECK(last == static_cast<int>(std::floor(112 + pixels)) - 1);
    // Fully and partly covered pixels together surround the square's area by less than a pixel on each side.
    CHECK(lit_pixels(image) >= 4 * pixels * pixels);
    CHECK(lit_pixels(image) <= 4 * (pixels + 1) * (pixels + 1));
  }
}

TEST_CASE("render: edges are averaged over 4 x 4 samples", "[render]") {
  // A square whose left and right edges lie in the middle of pixel columns: half of the samples are lit.
  const double half = 20.5 * 6 / (112 * std::sqrt(3.0));
  const Image image = render(facing_square(half, 0, {1, 1, 1}), 0);
  // L = 7/pi, L / (1 + L) = 0.690229, half of it 0.345114 encodes as sRGB 0.6230 -> 159.
  CHECK(int(image.at(91, 112)[0]) == 159);
  CHECK(int(image.at(132, 112)[0]) == 159);
  CHECK(int(image.at(92, 112)[0]) == 216);
  CHECK(int(image.at(90, 112)[0]) == 0);
}

TEST_CASE("render: Lambert, tone mapping and sRGB of a face", "[render]") {
  const Image image = render(facing_square(1, 0, {1, 0.5, 0}), 0);
  // 1: 0.6902 -> 0.8491 -> 216; 0.5: 1.1141 / 2.1141 = 0.5270 -> 0.7526 -> 192.
  CHECK(int(image.at(112, 112)[0]) == 216);
  CHECK(int(image.at(112, 112)[1]) == 192);
  CHECK(int(image.at(112, 112)[2]) == 0);
  // Tilted further by 16.845 degrees (0.524 - 0.23 rad): cos 0.294 = 0.95709; 2.1326 / 3.1326 -> 0.6808 ->
  // 0.8439 -> 215.
  CHECK(int(render(facing_square(1, 0, {1, 1, 1}), 3).at(112, 112)[0]) == 215);
}

TEST_CASE("render: the nearer face hides the other, in either order", "[render]") {
  const Mesh near = facing_square(0.5, 1, {1, 0, 0}), far = facing_square(1, -1, {0, 1, 0});
  for (const bool near_first : {true, false}) {
    Mesh mesh = near_first ? near : far;
    append(mesh, near_first ? far : near);
    const Image image = render(mesh, 0);
    CHECK(int(image.at(112, 112)[0]) == 216);
    CHECK(int(image.at(112, 112)[1]) == 0);
    CHECK(int(image.at(112 + 22, 112)[0]) ==
          0);  // beyond 0.5 * 194 / 5 = 19.4 and within 194 / 7 = 27.7 pixels
    CHECK(int(image.at(112 + 22, 112)[1]) == 216);
  }
}

TEST_CASE("render: a closed box has no holes and stays in its outline", "[render]") {
  const Image image = render(unit_box(), 1);
  for (int y = 0; y < kImageSide; ++y) {  // convex: the lit pixels of a row are one run
    int runs = 0;
    bool before = false;
    for (int x = 0; x < kImageSide; ++x) {
      const bool lit = image.at(x, y)[0] > 0;
      runs += lit && !before;
      before = lit;
    }
    REQUIRE(runs <= 1);
  }
  CHECK(lit_pixels(image) > 1500);
}

TEST_CASE("composite: reference clips as the published stimuli", "[render]") {
  struct Row {
    int x0, x1, y0, y1, cx, cy;
  };
  // nback.md 2.2: destination columns and rows, and where the object's centre (112, 112) lands.
  const Row table[4] = {{0, 122, 0, 122, 67, 67},
                        {101, 223, 0, 122, 168, 67},
                        {0, 122, 101, 223, 67, 168},
                        {101, 223, 101, 223, 168, 168}};
  const Image source = coordinates();
  std::vector<std::uint8_t> pixels(kImageBytes, 7);
  for (int location = 0; location < 4; ++location) {
    const Row& row = table[location];
    composite(source, location, Compositing::reference, pixels);
    const auto at = [&](int x, int y) { return &pixels[3 * (y * kImageSide + x)]; };
    for (int y = 0; y < kImageSide; ++y)
      for (int x = 0; x < kImageSide; ++x) {
        const bool inside = x >= row.x0 && x <= row.x1 && y >= row.y0 && y <= row.y1;
        if (inside != (at(x, y)[2] == 255)) FAIL("location " << location << ", pixel " << x << ", " << y);
      }
    CHECK(int(at(row.x0, row.y0)[0]) == 45);  // first source column and row
    CHECK(int(at(row.x0, row.y0)[1]) == 45);
    CHECK(int(at(row.cx, row.cy)[0]) == 112);
    CHECK(int(at(row.cx, row.cy)[1]) == 112);
    CHECK(object_centre(location, Compositing::reference).x == row.cx);
    CHECK(object_centre(location, Compositing::reference).y == row.cy);
  }
}

TEST_CASE("composite: centred puts every object on its nominal centre", "[render]") {
  const Image source = coordinates();
  std::vector<std::uint8_t> pixels(kImageBytes);
  for (int location = 0; location < 4; ++location) {
    const int cx = location % 2 ? 168 : 56, cy = location / 2 ? 168 : 56;
    composite(source, location, Compositing::centred, pixels);
    const std::uint8_t* centre = &pixels[3 * (cy * kImageSide + cx)];
    CHECK(int(centre[0]) == 112);
    CHECK(int(centre[1]) == 112);
    CHECK(object_centre(location, Compositing::centred).x == cx);
    CHECK(std::count(pixels.begin(), pixels.end(), 255) ==
          123 * 123);  // the window, clipped at the image's border
  }
}
