#include <H5Cpp.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "io/axes.hpp"
#include "io/dimension_scales.hpp"
#include "io/hdf5_library.hpp"
#include "io/seal.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {
namespace fs = std::filesystem;
using namespace hdf5;

namespace {

constexpr std::size_t kMemoryStep = 1u << 22;
constexpr std::size_t kCompressAbove = 1u << 20, kChunkBytes = 1u << 19;

H5::DataSpace space_of(const Shape& shape) {
  if (shape.empty()) return H5::DataSpace(H5S_SCALAR);
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  return H5::DataSpace(static_cast<int>(extents.size()), extents.data());
}

// Equal content gives equal bytes: no time stamps.
H5::DSetCreatPropList creation(const Shape& shape, std::size_t element, std::size_t bytes) {
  H5::DSetCreatPropList list;
  H5Pset_obj_track_times(list.getId(), false);
  if (bytes <= kCompressAbove || shape.empty()) return list;
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  const std::size_t row = std::max<std::size_t>(1, bytes / static_cast<std::size_t>(shape[0]));
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / row, 1, chunk[0]);
  for (std::size_t d = 1; d < chunk.size() && row > 8 * kChunkBytes; ++d) {  // very long rows are cut too
    std::size_t rest = element;
    for (std::size_t k = d + 1; k < chunk.size(); ++k) rest *= chunk[k];
    chunk[d] = std::clamp<hsize_t>(kChunkBytes / rest, 1, chunk[d]);
    if (chunk[d] > 1) break;
  }
  list.setChunk(static_cast<int>(chunk.size()), chunk.data());
  list.setShuffle();
  list.setDeflate(4);
  list.setFletcher32();
  return list;
}

}  // namespace

struct Hdf5Writer::Impl {
  explicit Impl(fs::path target) : path(std::move(target)) {
    require_room(0, path.string() + ": ");
    H5::FileCreatPropList plist;
    H5Pset_obj_track_times(plist.getId(), false);
    H5::FileAccPropList in_memory;
    in_memory.setCore(kMemoryStep, false);
    guard([&] { h5 = std::make_unique<H5::H5File>(path.string(), H5F_ACC_TRUNC, plist, in_memory); }, "/");
  }

  template <class F>
  void guard(F&& action, const std::string& object) {
    const Guard lock(library_mutex());
    silence_library();
    forget_reason();
    try {
      action();
    } catch (const H5::Exception& error) {
      if (out_of_memory())  // a file is made in memory: the disk is not at fault
        throw OutOfMemory(path.string() + ": " + object + ": out of memory (" + reason() +
                          "): reduce what the run records, or --jobs");
      throw IoError(path.string() + ": " + object + ": cannot write (" + detail(error) + ")");
    }
  }

  // Makes every group above `object`.
  void make_parents(const std::string& object) {
    for (auto slash = object.find('/', 1); slash != std::string::npos; slash = object.find('/', slash + 1))
      make_group(object.substr(0, slash));
  }
  void make_group(const std::string& group) {
    if (!objects.insert(group).second) return;
    const hid_t plist = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(plist, false);
    const hid_t id = H5Gcreate2(h5->getId(), group.c_str(), H5P_DEFAULT, plist, H5P_DEFAULT);
    H5Pclose(plist);
    if (id < 0 || H5Gclose(id) < 0) throw H5::GroupIException("Hdf5Writer", "cannot make group " + group);
  }

  template <class T>
  void attribute(const std::string& object, const std::string& name, const H5::DataType& type,
                 const T& value) {
    guard(
        [&] {
          const auto write = [&](H5::H5Object& target) {
            H5::Attribute a = target.createAttribute(name, type, H5::DataSpace(H5S_SCALAR));
            a.write(type, value);
            a.close();
          };
          if (object != "/" && !objects.contains(object)) make_parents(object), make_group(object);
          if (object != "/" && h5->childObjType(object) == H5O_TYPE_DATASET) {
            H5::DataSet target = h5->openDataSet(object);
            write(target);
            target.close();
          } else {
            H5::Group target = h5->openGroup(object);
            write(target);
            target.close();
          }
        },
        object + "@" + name);
  }

  void create(const std::string& object, const H5::DataType& stored, const H5::DataType& given,
              const void* values, const Shape& shape, std::size_t bytes, const std::string& dims) {
    require_room(bytes, path.string() + ": " + object + ": ");
    guard(
        [&] {
          make_parents(object);
          H5::DataSet set =
              h5->createDataSet(object, stored, space_of(shape), creation(shape, stored.getSize(), bytes));
          if (bytes > 0) set.write(values, given);
          set.close();
        },
        object);
    objects.insert(object);
    datasets.push_back(named_axes((object.starts_with('/') ? "" : "/") + object, dims, shape));
  }

  fs::path path;
  std::unique_ptr<H5::H5File> h5;
  std::set<std::string> objects;  // paths of its groups and datasets
  std::vector<NamedAxes> datasets;
};

Hdf5Writer::Hdf5Writer(fs::path path) {
  const Guard lock(library_mutex());
  impl_ = std::make_unique<Impl>(std::move(path));
}

Hdf5Writer::~Hdf5Writer() {
  const Guard lock(library_mutex());
  try {
    impl_->h5->close();
  } catch (const H5::Exception&) {
    // The file is being given up: close() was not called, or has reported why it failed.
  }
  impl_.reset();
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, const std::string& text) {
  const Guard lock(library_mutex());
  H5::StrType type(H5::PredType::C_S1, H5T_VARIABLE);
  type.setCset(H5T_CSET_UTF8);
  impl_->attribute(object, name, type, text);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, double value) {
  impl_->attribute(object, name, H5::PredType::IEEE_F64LE, static_cast<const void*>(&value));
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::int64_t value) {
  impl_->attribute(object, name, H5::PredType::STD_I64LE, static_cast<const void*>(&value));
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return attribute(object, name, static_cast<std::int64_t>(value));
  impl_->attribute(object, name, H5::PredType::STD_U64LE, static_cast<const void*>(&value));
}

namespace {
void explain(Hdf5Writer& writer, const std::string& path, const Meaning& meaning) {
  writer.attribute(path, "units", meaning.units);
  writer.attribute(path, "description", meaning.description);
}
}  // namespace

void Hdf5Writer::dataset(const std::string& path, const Array& values, const Meaning& meaning) {
  impl_->create(path, stored_type(values.dtype), stored_type(values.dtype), values.bytes.data(), values.shape,
                values.bytes.size(), meaning.dims);
  explain(*this, path, meaning);
}

void Hdf5Writer::strings(const std::string& path, const std::vector<std::string>& values,
                         const Meaning& meaning) {
  std::size_t width = 2;  // readers of netCDF take texts of one byte for letters, and join them
  for (const auto& value : values) width = std::max(width, value.size());
  std::string packed;
  for (const auto& value : values) packed += value + std::string(width - value.size(), '\0');
  const Guard lock(library_mutex());
  H5::StrType type(H5::PredType::C_S1, width);
  type.setStrpad(H5T_STR_NULLPAD);
  type.setCset(H5T_CSET_UTF8);
  impl_->create(path, type, type, packed.data(), {static_cast<std::int64_t>(values.size())}, packed.size(),
                meaning.dims);
  explain(*this, path, meaning);
}

void Hdf5Writer::text(const std::string& path, const std::string& value, const Meaning& meaning) {
  const Guard lock(library_mutex());
  H5::StrType type(H5::PredType::C_S1, std::max<std::size_t>(1, value.size()));
  type.setStrpad(H5T_STR_NULLPAD);
  type.setCset(H5T_CSET_UTF8);
  impl_->create(path, type, type, value.data(), {}, value.size(), meaning.dims);
  explain(*this, path, meaning);
}

void Hdf5Writer::close() {
  std::vector<std::byte> image;
  impl_->guard(
      [&] {
        H5::H5File& file = *impl_->h5;
        write_scales(file, impl_->datasets, impl_->objects);
        file.flush(H5F_SCOPE_GLOBAL);
        const auto size = H5Fget_file_image(file.getId(), nullptr, 0);
        if (size < 0) throw H5::FileIException("H5Fget_file_image", "no size");
        image.resize(static_cast<std::size_t>(size));
        if (H5Fget_file_image(file.getId(), image.data(), image.size()) != size)
          throw H5::FileIException("H5Fget_file_image", "cut short");
        file.close();
      },
      "/");
  const std::string seal = seal_of(image);
  const std::span<const std::byte> pieces[] = {image, std::as_bytes(std::span(seal))};
  write_atomically(impl_->path, pieces);
}

}  // namespace tsd
