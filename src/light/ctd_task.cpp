#include "families/ctd_task/backend.hpp"
#include "light/absent.hpp"

namespace tsd::ctd_task {

std::unique_ptr<Backend> torch_backend(const ModelSpec&, const Task&, const std::string&) { light::absent(); }

}  // namespace tsd::ctd_task
