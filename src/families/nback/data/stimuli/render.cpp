#include "families/nback/data/stimuli/render.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace tsd::nback {

namespace {

constexpr double kCameraDistance = 6, kObjectScale = 1.2, kLight = 7;
constexpr int kSamples = 4;                     // per pixel and dimension
constexpr int kRaster = kSamples * kImageSide;  // samples per image side
constexpr int kWindow = 134, kWindowStart = 45;

// Samples hold the nearest face so far. 1/depth is linear in image coordinates, depth is not.
struct DepthBuffer {
  std::vector<float> inverse_depth;
  std::vector<std::int32_t> face;

  void clear() {
    inverse_depth.assign(std::size_t{kRaster} * kRaster, 0.0f);
    face.assign(std::size_t{kRaster} * kRaster, -1);
  }
};

struct Projected {
  double x, y;  // samples; centres at integers + 0.5
  double q;     // 1/depth
};

Projected project(Vec3 v) {
  static const double focal = 1 / std::tan(std::numbers::pi / 6);
  const double depth = kCameraDistance - v.z;
  if (depth < 0.1) throw std::logic_error("render: a vertex is behind the camera");
  return {0.5 * kRaster * (1 + focal * v.x / depth), 0.5 * kRaster * (1 - focal * v.y / depth), 1 / depth};
}

// The samples [first, last] of row y whose centres lie in the triangle.
struct RowSpan {
  int first, last;
};
RowSpan row_span(const std::array<Projected, 3>& p, double orientation, double y) {
  double low = 0, high = kRaster - 1;
  for (int i = 0; i < 3; ++i) {
    const Projected &a = p[i], &b = p[(i + 1) % 3];
    // Inside: slope * x + rest >= 0, with x counted in sample centres.
    const double slope = -orientation * (b.y - a.y);
    const double rest = orientation * ((b.x - a.x) * (y - a.y) + (b.y - a.y) * (a.x - 0.5));
    if (slope > 0) {
      low = std::max(low, std::ceil(-rest / slope));
    } else if (slope < 0) {
      high = std::min(high, std::floor(-rest / slope));
    } else if (rest < 0) {
      return {0, -1};
    }
  }
  return low <= high ? RowSpan{static_cast<int>(low), static_cast<int>(high)} : RowSpan{0, -1};
}

void rasterise(const std::array<Projected, 3>& p, std::int32_t face, DepthBuffer& buffer) {
  const double ux = p[1].x - p[0].x, uy = p[1].y - p[0].y, vx = p[2].x - p[0].x, vy = p[2].y - p[0].y;
  const double area = ux * vy - uy * vx;
  if (std::abs(area) < 1e-12) return;
  const double uq = p[1].q - p[0].q, vq = p[2].q - p[0].q;
  const double dq_dx = (uq * vy - vq * uy) / area, dq_dy = (vq * ux - uq * vx) / area;
  const double orientation = area > 0 ? 1 : -1;

  const auto [y_low, y_high] = std::minmax({p[0].y, p[1].y, p[2].y});
  const int first_row = static_cast<int>(std::clamp(std::ceil(y_low - 0.5), 0.0, double{kRaster}));
  const int last_row = static_cast<int>(std::clamp(std::floor(y_high - 0.5), -1.0, kRaster - 1.0));
  for (int row = first_row; row <= last_row; ++row) {
    const RowSpan span = row_span(p, orientation, row + 0.5);
    float* nearest = &buffer.inverse_depth[std::size_t{kRaster} * row];
    std::int32_t* faces = &buffer.face[std::size_t{kRaster} * row];
    const auto q0 = static_cast<float>(p[0].q + dq_dx * (0.5 - p[0].x) + dq_dy * (row + 0.5 - p[0].y));
    const auto step = static_cast<float>(dq_dx);
    for (int x = span.first; x <= span.last; ++x) {
      const float q = q0 + step * static_cast<float>(x);
      const bool nearer = q > nearest[x];
      nearest[x] = nearer ? q : nearest[x];
      faces[x] = nearer ? face : faces[x];
    }
  }
}

double tone_map(double radiance) { return radiance / (1 + radiance); }

double srgb(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

// Mean of each pixel's samples, encoded.
Image resolve(const DepthBuffer& buffer, const std::vector<Colour>& displayed) {
  Image image = black_image(kImageSide, kImageSide);
  for (int y = 0; y < kImageSide; ++y)
    for (int x = 0; x < kImageSide; ++x) {
      Colour sum;
      bool empty = true;
      for (int j = kSamples * y; j < kSamples * (y + 1); ++j) {
        const std::int32_t* row = &buffer.face[std::size_t{kRaster} * j];
        for (int i = kSamples * x; i < kSamples * (x + 1); ++i) {
          if (row[i] < 0) continue;
          sum = sum + displayed[row[i]];
          empty = false;
        }
      }
      if (empty) continue;
      std::uint8_t* pixel = image.at(x, y);
      const double values[3] = {sum.x, sum.y, sum.z};
      for (int c = 0; c < 3; ++c)
        pixel[c] = static_cast<std::uint8_t>(std::lround(255 * srgb(values[c] / (kSamples * kSamples))));
    }
  return image;
}

int nominal_centre(bool far) { return far ? 168 : 56; }

}  // namespace

Rotation view_rotation(int angle) {
  constexpr double kViews[4][2] = {{-0.23, 3.14159}, {-0.23, 3.927}, {-0.23, 2.356}, {-0.524, 3.14159}};
  const double ca = std::cos(kViews[angle][0]), sa = std::sin(kViews[angle][0]);
  const double cb = std::cos(kViews[angle][1]), sb = std::sin(kViews[angle][1]);
  return {Vec3{cb, sb * sa, sb * ca}, Vec3{0, ca, -sa}, Vec3{-sb, cb * sa, cb * ca}};  // Ry(b) Rx(a)
}

Image render(const Mesh& mesh, int angle) {
  const Rotation rotation = view_rotation(angle);
  std::vector<Vec3> world;
  std::vector<Projected> projected;
  for (const Vec3 v : mesh.vertices) {
    world.push_back(kObjectScale * Vec3{dot(rotation[0], v), dot(rotation[1], v), dot(rotation[2], v)});
    projected.push_back(project(world.back()));
  }

  thread_local DepthBuffer buffer;  // kept: the system takes longer to give 6 MB than they take to draw
  buffer.clear();
  std::vector<Colour> displayed;
  for (const Triangle& triangle : mesh.triangles) {
    const auto [a, b, c] = triangle.vertex;
    const Vec3 normal = cross(world[b] - world[a], world[c] - world[a]);
    const double length = norm(normal);
    const double light = length > 0 ? kLight / std::numbers::pi * std::abs(normal.z) / length : 0;
    const Colour colour = mesh.materials[triangle.material];
    displayed.push_back({tone_map(light * colour.x), tone_map(light * colour.y), tone_map(light * colour.z)});
    rasterise({projected[a], projected[b], projected[c]}, static_cast<std::int32_t>(displayed.size()) - 1,
              buffer);
  }
  return resolve(buffer, displayed);
}

Point object_centre(int location, Compositing compositing) {
  const auto along = [&](bool far) {
    const int start = nominal_centre(far) - kWindow / 2;
    return (compositing == Compositing::reference ? std::max(0, start) : start) + kWindow / 2;
  };
  return {along(location % 2 == 1), along(location / 2 == 1)};
}

void composite(const Image& centred, int location, Compositing compositing, std::span<std::uint8_t> pixels) {
  // Along one dimension the reference copies the source from its start onto [max(0, start), end), so what is
  // cut off at the left or top comes off the source's right or bottom.
  struct Range {
    int from, to, count;
  };
  const auto along = [&](bool far) {
    const int start = nominal_centre(far) - kWindow / 2, end = std::min(start + kWindow, kImageSide);
    const int to = std::max(0, start);
    return Range{compositing == Compositing::reference ? 0 : to - start, to, end - to};
  };
  const Range columns = along(location % 2 == 1), rows = along(location / 2 == 1);
  std::fill(pixels.begin(), pixels.end(), std::uint8_t{0});
  for (int y = 0; y < rows.count; ++y)
    std::memcpy(&pixels[3 * (std::size_t{kImageSide} * (rows.to + y) + columns.to)],
                centred.at(kWindowStart + columns.from, kWindowStart + rows.from + y),
                std::size_t{3} * columns.count);
}

}  // namespace tsd::nback
