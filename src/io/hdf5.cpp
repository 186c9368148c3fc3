#include "tsd/io/hdf5.hpp"

#include <H5Cpp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "io/hdf5_library.hpp"
#include "io/rehearsal.hpp"
#include "io/seal.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMemoryStep = 1u << 22;
constexpr std::size_t kCompressAbove = 1u << 20, kChunkBytes = 1u << 19, kMaxDataset = std::size_t{1} << 38;
constexpr std::size_t kMaxDeflate = 1032;  // deflate makes nothing smaller than by this factor

const H5::PredType& stored_type(DType type) {
  switch (type) {
    case DType::u8:
      return H5::PredType::STD_U8LE;
    case DType::i32:
      return H5::PredType::STD_I32LE;
    case DType::i64:
      return H5::PredType::STD_I64LE;
    case DType::u64:
      return H5::PredType::STD_U64LE;
    case DType::f32:
      return H5::PredType::IEEE_F32LE;
    case DType::f64:
      return H5::PredType::IEEE_F64LE;
  }
  throw std::logic_error("unknown dtype");
}

DType nearest_dtype(const H5::DataSet& dataset, const std::string& where) {
  const std::size_t size = dataset.getDataType().getSize();
  if (dataset.getTypeClass() == H5T_FLOAT) return size <= 4 ? DType::f32 : DType::f64;
  if (dataset.getTypeClass() == H5T_ENUM && size == 1) return DType::u8;  // h5py's bool
  if (dataset.getTypeClass() != H5T_INTEGER) throw DataError(where + ": expected numbers, got another type");
  const bool is_signed = dataset.getIntType().getSign() != H5T_SGN_NONE;
  if (size == 1 && !is_signed) return DType::u8;
  if (size < 4 || (size == 4 && is_signed)) return DType::i32;
  return size == 8 && !is_signed ? DType::u64 : DType::i64;
}

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

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

struct Hdf5Writer::Impl {
  explicit Impl(fs::path target) : path(std::move(target)) {
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
      if (no_memory)  // a file is made in memory: the disk is not at fault
        throw OutOfMemory(path.string() + ": " + object + ": out of memory (" + reason +
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
    if (h5->nameExists(group)) return;
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
          if (object != "/" && !h5->nameExists(object)) make_parents(object), make_group(object);
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
              const void* values, const Shape& shape, std::size_t bytes) {
    guard(
        [&] {
          make_parents(object);
          H5::DataSet set =
              h5->createDataSet(object, stored, space_of(shape), creation(shape, stored.getSize(), bytes));
          if (bytes > 0) set.write(values, given);
          set.close();
        },
        object);
  }

  fs::path path;
  std::unique_ptr<H5::H5File> h5;
};

Hdf5Writer::Hdf5Writer(fs::path path) : impl_(std::make_unique<Impl>(std::move(path))) {}

Hdf5Writer::~Hdf5Writer() {
  const Guard lock(library_mutex());
  try {
    impl_->h5->close();
  } catch (const H5::Exception&) {
    // The file is being given up: close() was not called, or has reported why it failed.
  }
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, const std::string& text) {
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
  writer.attribute(path, "dims", meaning.dims);
  writer.attribute(path, "units", meaning.units);
  writer.attribute(path, "description", meaning.description);
}
}  // namespace

void Hdf5Writer::dataset(const std::string& path, const Array& values, const Meaning& meaning) {
  impl_->create(path, stored_type(values.dtype), stored_type(values.dtype), values.bytes.data(), values.shape,
                values.bytes.size());
  explain(*this, path, meaning);
}

void Hdf5Writer::strings(const std::string& path, const std::vector<std::string>& values,
                         const Meaning& meaning) {
  std::size_t width = 1;
  for (const auto& value : values) width = std::max(width, value.size());
  std::string packed;
  for (const auto& value : values) packed += value + std::string(width - value.size(), '\0');
  H5::StrType type(H5::PredType::C_S1, width);
  type.setStrpad(H5T_STR_NULLPAD);
  type.setCset(H5T_CSET_UTF8);
  impl_->create(path, type, type, packed.data(), {static_cast<std::int64_t>(values.size())}, packed.size());
  explain(*this, path, meaning);
}

void Hdf5Writer::text(const std::string& path, const std::string& value, const Meaning& meaning) {
  H5::StrType type(H5::PredType::C_S1, std::max<std::size_t>(1, value.size()));
  type.setStrpad(H5T_STR_NULLPAD);
  type.setCset(H5T_CSET_UTF8);
  impl_->create(path, type, type, value.data(), {}, value.size());
  explain(*this, path, meaning);
}

void Hdf5Writer::close() {
  std::vector<std::byte> image;
  impl_->guard(
      [&] {
        H5::H5File& file = *impl_->h5;
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

struct Hdf5Reader::Impl {
  explicit Impl(fs::path p) : path(std::move(p)) {
    if (!fs::exists(path)) throw MissingInput(path.string() + ": no such file");
    is_ours = check_seal(path);
    guard(
        [&] {
          if (!H5::H5File::isHdf5(path.string()))  // also fails where the file cannot be opened
            throw DataError(path.string() + ": not an HDF5 file" + told_kind(path));
          file.openFile(path.string(), H5F_ACC_RDONLY);
        },
        "/");
  }
  template <class F>
  std::invoke_result_t<F> guard(F&& action, const std::string& object) const {
    const Guard lock(library_mutex());
    silence_library();
    if (!is_ours) rehearse([&] { action(); }, path, object == "/" ? path.string() : where(object));
    forget_reason();
    try {
      return action();
    } catch (const H5::Exception& error) {
      throw DataError((object == "/" ? path.string() : where(object)) + ": cannot read (" + detail(error) +
                      ")");
    }
  }
  std::string where(const std::string& object) const { return path.string() + ": " + object; }
  H5::DataSet open(const std::string& object) const {
    if (!file.nameExists(object)) throw DataError(where(object) + ": dataset is missing");
    return file.openDataSet(object);
  }
  // Bytes of the dataset in memory, at `element` a value. A damaged or hostile header cannot ask for more
  // memory than its stored bytes could unpack to; small datasets without stored bytes (never written) pass.
  std::size_t checked_bytes(const H5::DataSet& set, const Shape& shape, std::size_t element,
                            const std::string& object) const {
    if (std::count(shape.begin(), shape.end(), 0) > 0) return 0;
    std::size_t bytes = element;
    for (auto extent : shape)
      if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
        bytes = SIZE_MAX;
    const std::size_t stored = std::min<std::size_t>(set.getStorageSize(), file.getFileSize());
    if (bytes > std::min(kMaxDataset, kMaxDeflate * stored + kCompressAbove))
      throw DataError(where(object) + ": shape " + to_string(shape) + " is larger than the " +
                      std::to_string(stored) + " bytes stored for it");
    return bytes;
  }
  template <class F>
  auto with_attribute(const std::string& object, const std::string& name, F&& use) const {
    return guard(
        [&] {
          const bool is_dataset = file.childObjType(object) == H5O_TYPE_DATASET;
          const H5::Attribute attribute = is_dataset ? file.openDataSet(object).openAttribute(name)
                                                     : file.openGroup(object).openAttribute(name);
          if (attribute.getSpace().getSimpleExtentNpoints() != 1)
            throw DataError(where(object) + "@" + name + ": expected a single value");
          return use(attribute);
        },
        object + "@" + name);
  }

  fs::path path;
  bool is_ours =
      false;  // and whole, as its seal says: the library, which not every damaged file lets live, can read it
  H5::H5File file;
};

Hdf5Reader::Hdf5Reader(fs::path path) : impl_(std::make_unique<Impl>(std::move(path))) {}
Hdf5Reader::~Hdf5Reader() {
  const Guard lock(library_mutex());
  impl_.reset();
}

bool Hdf5Reader::exists(const std::string& object) const {
  return impl_->guard(
      [&] {
        for (auto slash = object.find('/', 1); slash != std::string::npos;
             slash = object.find('/', slash + 1))
          if (!impl_->file.nameExists(object.substr(0, slash))) return false;
        return object == "/" || impl_->file.nameExists(object);
      },
      object);
}

std::vector<std::string> Hdf5Reader::list(const std::string& group) const {
  return impl_->guard(
      [&] {
        H5::Group g = impl_->file.openGroup(group);
        std::vector<std::string> names;
        for (hsize_t i = 0; i < g.getNumObjs(); ++i) names.push_back(g.getObjnameByIdx(i));
        std::sort(names.begin(), names.end());
        return names;
      },
      group);
}

Array Hdf5Reader::dataset(const std::string& path) const {
  return impl_->guard(
      [&] {
        const H5::DataSet set = impl_->open(path);
        const DType type = nearest_dtype(set, impl_->where(path));
        Array array{path, type, shape_of(set), {}};
        array.bytes.resize(impl_->checked_bytes(set, array.shape, size_of(type), path));
        // h5py's bool is an enumeration of bytes, taken as they are.
        if (!array.bytes.empty())
          read_filtered(set, impl_->where(path), [&] {
            set.read(array.bytes.data(),
                     set.getTypeClass() == H5T_ENUM ? set.getDataType() : H5::DataType(stored_type(type)));
          });
        return array;
      },
      path);
}

Array Hdf5Reader::dataset(const std::string& path, DType type, const Shape& shape) const {
  const Shape got = impl_->guard([&] { return shape_of(impl_->open(path)); }, path);
  const bool fits = got.size() == shape.size() &&
                    std::equal(got.begin(), got.end(), shape.begin(),
                               [](auto extent, auto wanted) { return wanted < 0 || extent == wanted; });
  if (!fits)
    throw DataError(impl_->where(path) + ": expected shape " + to_string(shape) + ", got " + to_string(got));
  Array array = dataset(path);
  if (array.dtype != type)
    throw DataError(impl_->where(path) + ": expected " + std::string(name_of(type)) + ", got " +
                    std::string(name_of(array.dtype)));
  const auto require_finite = [&](auto values) {
    const auto bad = std::find_if(values.begin(), values.end(), [](auto v) { return !std::isfinite(v); });
    if (bad != values.end())
      throw DataError(impl_->where(path) + ": element " + std::to_string(bad - values.begin()) +
                      ": expected a finite number, got " + std::to_string(*bad));
  };
  if (type == DType::f32) require_finite(std::as_const(array).as<float>());
  if (type == DType::f64) require_finite(std::as_const(array).as<double>());
  return array;
}

std::vector<std::string> Hdf5Reader::strings(const std::string& path) const {
  return impl_->guard(
      [&] {
        const H5::DataSet set = impl_->open(path);
        if (set.getTypeClass() != H5T_STRING)
          throw DataError(impl_->where(path) + ": expected strings, got another type");
        const H5::StrType type = set.getStrType();
        const std::size_t width = type.getSize();
        const std::size_t size = impl_->checked_bytes(set, shape_of(set), width, path) / width;
        std::vector<std::string> values(size);
        if (size == 0) return values;
        if (type.isVariableStr()) {
          std::vector<char*> raw(size);
          set.read(raw.data(), type);
          for (std::size_t i = 0; i < size; ++i) values[i] = raw[i] ? raw[i] : "";
          H5::DataSet::vlenReclaim(raw.data(), type, set.getSpace());
        } else {
          std::string packed(size * width, '\0');
          set.read(packed.data(), type);
          for (std::size_t i = 0; i < size; ++i) {
            values[i] = packed.substr(i * width, width);
            values[i].erase(std::find(values[i].begin(), values[i].end(), '\0'), values[i].end());
          }
        }
        return values;
      },
      path);
}

std::string Hdf5Reader::text(const std::string& path) const {
  const auto values = strings(path);
  if (values.size() != 1)
    throw DataError(impl_->where(path) + ": expected one string, got " + std::to_string(values.size()));
  return values[0];
}

std::string Hdf5Reader::text_attribute(const std::string& object, const std::string& name) const {
  return impl_->with_attribute(object, name, [&](const H5::Attribute& a) {
    if (a.getTypeClass() != H5T_STRING)
      throw DataError(impl_->where(object) + "@" + name + ": expected text");
    std::string text;
    a.read(a.getStrType(), text);
    return text;
  });
}

double Hdf5Reader::number_attribute(const std::string& object, const std::string& name) const {
  return impl_->with_attribute(object, name, [&](const H5::Attribute& a) {
    if (a.getTypeClass() != H5T_FLOAT && a.getTypeClass() != H5T_INTEGER)
      throw DataError(impl_->where(object) + "@" + name + ": expected a number");
    double value = 0;
    a.read(H5::PredType::NATIVE_DOUBLE, &value);
    return value;
  });
}

bool Hdf5Reader::has_attribute(const std::string& object, const std::string& name) const {
  return impl_->guard(
      [&] {
        if (impl_->file.childObjType(object) == H5O_TYPE_DATASET)
          return impl_->file.openDataSet(object).attrExists(name);
        return impl_->file.openGroup(object).attrExists(name);
      },
      object + "@" + name);
}

}  // namespace tsd
