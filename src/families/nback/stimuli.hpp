// The images of all stimuli in memory, rendered or read, and on disk under the reference's file names.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "families/nback/stimuli_config.hpp"
#include "families/nback/task.hpp"
#include "tsd/io/image.hpp"

namespace tsd::nback {

struct StimulusImages {
  StimulusSet set;
  std::vector<std::uint8_t> pixels;  // [S, 224, 224, 3]
};

// Sources grammar, box, shapenet, images. Errors: MissingInput and DataError with the path; nothing is ever
// replaced by a blank image.
StimulusImages load_images(const StimuliConfig& config, int threads);

// Every image at a quarter of its width and height, means of 4 x 4 pixels: [S, 56, 56, 3].
inline constexpr int kThumbnailSide = kImageSide / 4;
std::vector<std::uint8_t> thumbnails(const StimulusImages& images);

void write_images(const StimulusImages& images, const std::filesystem::path& directory, int threads);

// All objects, cut out at location 0, to be looked at. Rows: categories; columns: objects; inside a cell the
// four view angles, two by two.
Image contact_sheet(const StimulusImages& images);

}  // namespace tsd::nback
