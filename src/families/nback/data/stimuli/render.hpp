// Rendering of one object at one view angle, and placing it in the image. nback.md 2.2.
//
// Camera: perspective, vertical field of view 60 degrees, aspect 1, at (0, 0, 6), looking along -z.
// Light: directional along the line of sight, intensity 7, no ambient part; faces are flat and lit from both
// sides, since the winding of ShapeNet's faces is not consistent. A Lambertian face with colour c sends L = c
// * 7/pi * |n_z| to the camera, up to 2.2. To keep it from clipping to white L is tone-mapped to L / (1 + L)
// (Reinhard et al. 2002, doi:10.1145/566654.566575), at most 0.69, averaged over 4 x 4 samples per pixel, and
// encoded as sRGB (at most 216).
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "families/nback/data/stimuli/mesh.hpp"
#include "tsd/io/image.hpp"

namespace tsd::nback {

inline constexpr int kImageSide = 224;
inline constexpr std::size_t kImageBytes = std::size_t{3} * kImageSide * kImageSide;

// `reference`: the window is clipped, not shifted, so objects on the left and at the top land 11 pixels
// nearer to the centre. `centred`: every object's centre lands on the nominal one.
enum class Compositing { reference, centred };

using Rotation = std::array<Vec3, 3>;  // rows
Rotation view_rotation(int angle);  // 0 frontal, 1 +45 degrees azimuth, 2 -45 degrees, 3 tilted by 30 degrees

// The object at the image's centre on black, 224 x 224. Needs normalise()d vertices (or any within 4.5 of the
// origin).
Image render(const Mesh& mesh, int angle);

// Where the window's centre pixel lands: for `reference` (67 or 168), for `centred` (56 or 168).
struct Point {
  int x, y;
};
Point object_centre(int location, Compositing compositing);

// Cuts the central 134 x 134 window out of `centred` and pastes it at `location` onto black [224, 224, 3].
void composite(const Image& centred, int location, Compositing compositing, std::span<std::uint8_t> pixels);

}  // namespace tsd::nback
