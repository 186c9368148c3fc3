#include "light/absent.hpp"
#include "tsd/nn/dense.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nn {

using light::absent;

void multiply(Matrix, Form, Matrix, Form, Matrix) { absent(); }
void multiply_add(Matrix, Form, Matrix, Form, Matrix) { absent(); }
void use_threads(int) { absent(); }
void parallel(int, int, const std::function<void(int, int)>&) { absent(); }

template <class T>
void multiply(const Dense<T>&, Form, const Dense<T>&, Form, Dense<T>&) {
  absent();
}
template <class T>
void multiply_add(const Dense<T>&, Form, const Dense<T>&, Form, Dense<T>&) {
  absent();
}
template <class T>
Dense<T> product(const Dense<T>&, Form, const Dense<T>&, Form) {
  absent();
}
template <class T>
Dense<T> inverse(const Dense<T>&) {
  absent();
}
Symmetric symmetric_eigen(const DenseD&) { absent(); }
DenseD solve_semidefinite(const DenseD&, const DenseD&, double) { absent(); }
std::vector<double> solve_definite(const DenseD&, std::span<const double>) { absent(); }
Svd svd(const DenseD&) { absent(); }
Spectrum eigen(const DenseD&, bool) { absent(); }

template void multiply(const Dense<float>&, Form, const Dense<float>&, Form, Dense<float>&);
template void multiply(const Dense<double>&, Form, const Dense<double>&, Form, Dense<double>&);
template void multiply_add(const Dense<float>&, Form, const Dense<float>&, Form, Dense<float>&);
template void multiply_add(const Dense<double>&, Form, const Dense<double>&, Form, Dense<double>&);
template Dense<float> product(const Dense<float>&, Form, const Dense<float>&, Form);
template Dense<double> product(const Dense<double>&, Form, const Dense<double>&, Form);
template Dense<float> inverse(const Dense<float>&);
template Dense<double> inverse(const Dense<double>&);

}  // namespace tsd::nn
