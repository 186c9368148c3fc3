// Steps of a 5-4-2-4-5 net, all rules, against the original's layers (layered.md 8.3 A).
#include <cmath>

#include "families/layered/fixture.hpp"
#include "support/catch.hpp"

namespace tsd::layered {
namespace {

using test::OneStream, test::small_net;

// Input and target of step t, from 1.
void show(Network& network, int t) {
  std::vector<float> x;
  for (int b = 0; b < 3; ++b)
    for (int j = 0; j < 5; ++j) x.push_back(static_cast<float>((7 * b + 3 * j + 5 * (t > 20)) % 11) / 10);
  network.show(x, x);
}

void run_to(OneStream& net, int from, int to) {
  for (int t = from; t <= to; ++t) {
    show(*net.network, t);
    net.network->step(Mode::learn);
  }
}

// Sums in float32 may be in any order.
void check_front(const std::vector<float>& values, std::vector<double> expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i, values[i], expected[i]);
    CHECK(std::abs(values[i] - expected[i]) < 1e-6);
  }
}

struct Row {
  int step;
  std::vector<double> r1, r4, e4, e2, W1, W4;  // [0][0], [0][1]; empty: not told
  double b4;
};

void check_rows(const Config& config, const std::vector<Row>& rows) {
  OneStream net(config, 1);
  int done = 0;
  for (const Row& row : rows) {
    CAPTURE(row.step);
    run_to(net, done + 1, row.step);
    done = row.step;
    check_front(net.network->rates(1), row.r1);
    check_front(net.network->rates(4), row.r4);
    check_front(net.network->errors(4), row.e4);
    check_front(net.network->errors(2), row.e2);
    check_front(net.parameter("W_1"), row.W1);
    check_front(net.parameter("W_4"), row.W4);
    if (!std::isnan(row.b4)) check_front(net.parameter("b_4"), {row.b4});
  }
}

}  // namespace

TEST_CASE("layered small net: BP", "[layered]") {
  const std::vector<double> W1 = {-0.07627979666, -0.03751159087};
  check_rows(small_net(Rule::BP), {{1,
                                    {-0.05366224796, 0.006519757211},
                                    {0.025046058, 0.02718837559},
                                    {0, 0},
                                    {0, 0},
                                    W1,
                                    {-0.0252336096, -0.07372869551},
                                    0.025046058},
                                   {2,
                                    {-0.05366225168, 0.006519757677},
                                    {0.02696483396, 0.03210242465},
                                    {-0.0025046058, 0.02728116512},
                                    {0, 0},
                                    W1,
                                    {-0.02514554001, -0.07355553657},
                                    0.0312118046},
                                   {6,
                                    {-0.05369381607, 0.006513636559},
                                    {0.05172174796, 0.08079777658},
                                    {-0.004552237224, 0.02313061617},
                                    {-0.00125247275, 0.0001459410269},
                                    {-0.07628695667, -0.037512701},
                                    {-0.02477730438, -0.07283134758},
                                    0.05498155579},
                                   {40,
                                    {-0.1056726873, -0.01451780275},
                                    {0.2446362078, 0.2948463857},
                                    {0.02603038214, 0.05077015981},
                                    {-0.0001670625061, -0.0001304911275},
                                    {-0.07640848309, -0.0375376083},
                                    {-0.02347470261, -0.07118242979},
                                    0.2362089008}});
}

TEST_CASE("layered small net: PAL", "[layered]") {
  const std::vector<double> W1 = {-0.07627979666, -0.03751159087};
  check_rows(small_net(Rule::PAL), {{1,
                                     {-0.05779743195, -0.01361635327},
                                     {0.07975586504, -0.0763945207},
                                     {0, 0},
                                     {0, 0},
                                     W1,
                                     {0.02087671496, -0.01063593011},
                                     0.07975586504},
                                    {2,
                                     {-0.006912317593, -0.03829054534},
                                     {0.08063656092, -0.074125126},
                                     {-0.00797558669, 0.03763945401},
                                     {0, 0},
                                     W1,
                                     {0.02050651796, -0.01153153926},
                                     0.08482741565},
                                    {6,
                                     {-0.1115734726, -0.09064424038},
                                     {0.100309588, -0.01615502313},
                                     {-0.00951398164, 0.03303433955},
                                     {-0.0004635048099, 0.0003922071483},
                                     {-0.07628640532, -0.03750862926},
                                     {0.01935076341, -0.01574757136},
                                     0.1043166071},
                                    {40,
                                     {-0.1321152151, -0.1141499206},
                                     {0.2624155879, 0.2401378453},
                                     {0.02430412546, 0.0564452894},
                                     {0.0001821372425, -0.0001656776003},
                                     {-0.07633264363, -0.0374982059},
                                     {0.008092185482, -0.04205404222},
                                     0.2642876506}});
}

}  // namespace tsd::layered
