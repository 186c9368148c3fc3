#include "tsd/engine/failure.hpp"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

namespace tsd {
namespace {
Failure out_of_memory(const std::string& detail) {
  return {Exit::out_of_memory, "out of memory (" + detail.substr(0, detail.find('\n')) +
                                   "): reduce the batch size, the model or --jobs"};
}
}  // namespace

Failure failure_of(const std::exception_ptr& error, const Accelerator& accelerator) {
  const auto bug = [](const std::string& what) {
    return Failure{Exit::bug, "this is a bug in tsd: " + what +
                                  "\nplease report it with the output of `tsd info`" +
                                  " and the run.log of the run"};
  };
  try {
    std::rethrow_exception(error);
  } catch (const UserError& e) {
    return {e.code(), e.what()};
  } catch (const std::bad_alloc& e) {
    return out_of_memory(e.what());
  } catch (const std::length_error& e) {  // a container larger than any memory
    return out_of_memory(e.what());
  } catch (const std::filesystem::filesystem_error& e) {
    return {Exit::io, e.path1().string() + ": " + e.code().message()};
  } catch (const std::system_error& e) {  // no room for the stack of another thread
    return e.code() == std::errc::resource_unavailable_try_again ? out_of_memory(e.what()) : bug(e.what());
  } catch (const std::exception& e) {
    return accelerator.is_out_of_memory(e) ? out_of_memory(e.what()) : bug(e.what());
  } catch (...) {
    return bug("unknown exception");
  }
}

}  // namespace tsd
