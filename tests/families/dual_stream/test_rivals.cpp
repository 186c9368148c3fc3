// Rivals against numbers of independent programs (dual_stream.md 13.2).
#include <cmath>

#include "families/dual_stream/data/stimuli.hpp"
#include "families/dual_stream/rivals/rival.hpp"
#include "support/catch.hpp"

using namespace tsd::dual_stream;

namespace {

const RivalFacts& facts_of(const std::string& name) {
  for (const RivalFacts& facts : rivals())
    if (facts.name == name) return facts;
  throw std::logic_error(name);
}

std::vector<double> published(const RivalFacts& facts) {
  std::vector<double> all;
  for (const RivalParameter& p : facts.parameters) all.push_back(p.value);
  return all;
}

Lesson lesson_of(std::vector<std::vector<double>> items, int K = 2) {
  Lesson lesson{static_cast<int>(items[0].size()), K, {}, {}};
  for (const auto& x : items) {
    lesson.trained.push_back(static_cast<int>(lesson.trained.size()));
    lesson.x.insert(lesson.x.end(), x.begin(), x.end());
  }
  return lesson;
}

// The cube, item 4 x1 + 2 x2 + x3.
Lesson cube() {
  const Stimuli s = shj({1});
  return {3, 2, {s.x.begin(), s.x.end()}, {0, 1, 2, 3, 4, 5, 6, 7}};
}

std::vector<double> item(const Lesson& lesson, int i) {
  const auto x = lesson.x.begin() + i * lesson.D;
  return {x, x + lesson.D};
}

// p(class) before feedback, trial by trial.
std::vector<double> course(const std::string& name, int type, const std::vector<int>& order) {
  const Lesson lesson = cube();
  const auto label = shj({type}).problems[0].label;
  const auto rival = facts_of(name).make(lesson, published(facts_of(name)));
  std::vector<double> right, p(2);
  for (const int i : order) {
    rival->answer(item(lesson, i), p);
    right.push_back(p[static_cast<std::size_t>(label[static_cast<std::size_t>(i)])]);
    rival->learn(item(lesson, i), label[static_cast<std::size_t>(i)]);
  }
  return right;
}

}  // namespace

// All values: NumPy, double precision, written from the equations; SUSTAIN and ALCOVE also agree with catlearn.
TEST_CASE("rivals: trial by trial on type 2", "[dual_stream]") {
  const std::vector<std::pair<std::string, std::vector<double>>> expected = {
      {"alcove_er",
       {.5, .49379796, .50003530, .49668204, .47434604, .48485788, .49195092, .50535549, .64162743, .61793202,
        .62137528, .61465100, .73253078, .74554973, .72733130, .73008176}},
      {"alcove",
       {.5, .33660842, .50131866, .40500349, .34826744, .35287346, .41636810, .42548141, .75508851, .74422133,
        .75255140, .72705142, .85175354, .82468236, .83014033, .80867549}},
      {"sustain_catlearn",
       {.5, .29519770, .39658191, .56720392, .32447043, .42816117, .43460277, .40429651, .53190450, .53043949,
        .54779515, .53006111, .57410970, .55653524, .60263265, .45019035}},
      {"sustain",
       {.5, .29519770, .39658191, .56720392, .32447043, .43162952, .43776719, .40429651, .53119206, .52997466,
        .54582161, .52955697, .57053472, .55517834, .60263265, .45139816}},
      {"rational",
       {.5, .43302922, .50000000, .44818622, .41862948, .41627624, .42603066, .42373769, .67024925, .67795244,
        .67844585, .68634862, .64888268, .64942965, .66930857, .66984236}},
  };
  for (const auto& [name, right] : expected) {
    const auto got = course(name, 2, {3, 6, 0, 5, 7, 2, 4, 1, 1, 4, 7, 2, 6, 0, 3, 5});
    for (std::size_t t = 0; t < right.size(); ++t) {
      INFO(name << ", trial " << t + 1);
      CHECK(got[t] == Approx(right[t]).epsilon(0).margin(1e-8));
    }
  }
}

// 32 epochs in an order without random numbers; mean error in blocks 1, 2, 4, 8, 16 of 16 trials, types I to VI.
TEST_CASE("rivals: whole learning curves on all types", "[dual_stream]") {
  const std::vector<std::pair<std::string, std::vector<std::vector<double>>>> expected = {
      {"alcove_er",
       {{.43116162, .28641436, .00932155, .00932155, .00932155},
        {.40558754, .12692113, .03290378, .02044160, .01969314},
        {.47482213, .34417730, .17938434, .06703747, .02806749},
        {.47392324, .34474361, .17989103, .06716895, .02808403},
        {.48054931, .34941058, .18179612, .06760387, .02814403},
        {.48558746, .35719723, .18557782, .06844277, .02824945}}},
      {"alcove",
       {{.20723103, .01364190, .01060704, .01059600, .01059598},
        {.37778453, .07997479, .01567989, .01077840, .01076321},
        {.40375828, .26436600, .15536532, .04904344, .01240644},
        {.37981016, .25264441, .15672030, .06330637, .01529951},
        {.43894949, .33432781, .19637478, .08624311, .02197186},
        {.58704797, .38197899, .28129024, .14806954, .04317106}}},
      {"sustain_catlearn",
       {{.15488079, .00010027, .00000017, .00000004, .00000004},
        {.38977473, .10061318, .00577769, .00008334, .00000098},
        {.46003365, .29866972, .15257774, .05165998, .00750017},
        {.47050583, .38070428, .20835139, .05385347, .00452999},
        {.44279479, .29159012, .15260699, .04775528, .00634669},
        {.52449382, .41390299, .30429368, .14936496, .03190045}}},
      {"sustain",
       {{.15784359, .00010795, .00000018, .00000005, .00000004},
        {.39301905, .10291071, .00593333, .00008557, .00000100},
        {.46071458, .30163365, .15422205, .05225613, .00759238},
        {.47032836, .38326489, .21022888, .05451178, .00459518},
        {.44412031, .29466264, .15455645, .04844076, .00644279},
        {.52437003, .41497109, .30526600, .14994670, .03204142}}},
      {"rational",
       {{.29184331, .09050529, .03824183, .01782141, .00862487},
        {.44018462, .19354034, .08780071, .04200452, .02056776},
        {.41335281, .19678172, .10554752, .06729951, .04905327},
        {.41511083, .23943865, .15197605, .11138411, .08970385},
        {.44280321, .25503239, .15943401, .11162235, .08730276},
        {.55616522, .35740623, .19185902, .09918812, .05045891}}},
  };
  std::vector<int> order;
  for (int n = 0; n < 32; ++n)
    for (int i = 0; i < 8; ++i) order.push_back(((2 * (n % 4) + 1) * i + n) % 8);
  constexpr int kBlocks[] = {1, 2, 4, 8, 16};
  for (const auto& [name, types] : expected)
    for (int type = 1; type <= 6; ++type) {
      const auto right = course(name, type, order);
      for (std::size_t b = 0; b < 5; ++b) {
        double error = 0;
        for (int t = 16 * (kBlocks[b] - 1); t < 16 * kBlocks[b]; ++t)
          error += (1 - right[static_cast<std::size_t>(t)]) / 16;
        INFO(name << ", type " << type << ", block " << kBlocks[b]);
        CHECK(error == Approx(types[static_cast<std::size_t>(type - 1)][b]).epsilon(0).margin(1.1e-8));
      }
    }
}

// The R package catlearn: type 1, p(class 0).
TEST_CASE("rivals: SUSTAIN as in catlearn", "[dual_stream]") {
  const std::vector<int> order = {1, 2, 6, 7, 5, 0, 3, 4, 6, 7, 5, 1, 0, 3, 2, 4};
  const double first[] = {.5,        .7048023,  .69145554, .32402867, .29574526, .85081281,
                          .89822221, .1171192,  .03825213, .01797794, .00911159, .97937721,
                          .99185819, .99653131, .99861297, .00190497};
  const auto right = course("sustain_catlearn", 1, order);
  for (std::size_t t = 0; t < order.size(); ++t)
    CHECK((order[t] < 4 ? right[t] : 1 - right[t]) == Approx(first[t]).epsilon(0).margin(1e-8));
}

// Anderson's worked example, six items of four features and a label: the items went to clusters 1 1 1 2 3 2, which decides
// what is answered next. Worked out by hand from those counts with c = 0.5 and all prior counts 1.
TEST_CASE("rivals: the rational model puts items where Anderson's example does", "[dual_stream]") {
  const Lesson lesson =
      lesson_of({{1, 1, 1, 1}, {1, 0, 1, 0}, {1, 0, 1, 1}, {0, 0, 0, 0}, {0, 1, 0, 1}, {0, 1, 0, 0}});
  const int labels[] = {1, 1, 0, 0, 1, 0};
  const auto rational = facts_of("rational").make(lesson, std::vector<double>{0.5, 1, 1, 1});
  std::vector<double> p(2);
  for (int i = 0; i < 6; ++i) rational->learn(item(lesson, i), labels[i]);
  rational->answer(std::vector<double>{0, 0, 0, 0}, p);
  const double prior[] = {3 / 7., 2 / 7., 1 / 7., 1 / 7.};
  const double likelihood[] = {(1 / 5.) * (3 / 5.) * (1 / 5.) * (2 / 5.),
                               (3 / 4.) * (2 / 4.) * (3 / 4.) * (3 / 4.),
                               (2 / 3.) * (1 / 3.) * (2 / 3.) * (1 / 3.), 1 / 16.};
  const double of_one[] = {3 / 5., 1 / 4., 2 / 3., 1 / 2.};
  double sum = 0, one = 0;
  for (int k = 0; k < 4; ++k) {
    sum += prior[k] * likelihood[k];
    one += prior[k] * likelihood[k] * of_one[k];
  }
  CHECK(p[1] == Approx(one / sum).epsilon(1e-12));
}

namespace {

const std::vector<std::vector<double>> kFiveFour = {  // A1 to A5, B1 to B4, items 1, 3, 6, 8, 9, 11, 16
    {1, 1, 1, 0}, {1, 0, 1, 0}, {1, 0, 1, 1}, {1, 1, 0, 1}, {0, 1, 1, 1}, {1, 1, 0, 0},
    {0, 1, 1, 0}, {0, 0, 0, 1}, {0, 0, 0, 0}, {1, 0, 0, 1}, {1, 0, 0, 0}, {1, 1, 1, 1},
    {0, 0, 1, 0}, {0, 1, 0, 1}, {0, 0, 1, 1}, {0, 1, 0, 0}};

// c, gamma, r, p, noise, bias, weights
std::vector<double> five_four(const std::vector<double>& parameters) {
  const Lesson lesson = lesson_of(kFiveFour);
  std::vector<double> all = parameters, p(2), of_a;
  all.resize(11, 1);
  const auto gcm = facts_of("gcm").make(lesson, all);
  for (int i = 0; i < 9; ++i) gcm->learn(item(lesson, i), i < 5 ? 0 : 1);
  for (int i = 0; i < 16; ++i) {
    gcm->answer(item(lesson, i), p);
    of_a.push_back(p[0]);
  }
  return of_a;
}

void check(const std::vector<double>& got, const std::vector<double>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(got[i] == Approx(expected[i]).epsilon(0).margin(1e-8));
}

}  // namespace

// p(A) of the 5-4 structure of Medin & Schaffer 1978, worked out apart.
TEST_CASE("rivals: the context model on the 5-4 structure", "[dual_stream]") {
  check(five_four({7.34607421, 1, 1, 1, 0, 1, .24946406, .24946406, .23343059, .26764130}),
        {.78082689, .93746129, .96782815, .86253222, .85932449, .25222780, .23889055, .07112716, .03635143,
         .64534715, .42553397, .92610571, .38452845, .60295890, .60568334, .13517540});
  check(five_four({4, 1, 1, 1, 0, 1}),
        {.68815340, .80106160, .86170261, .70718246, .70718246, .42366432, .42366432, .24418923, .16952756,
         .59640433, .46244188, .82587958, .46244188, .52450436, .59640433, .27675763});
  check(five_four({4, 2, 1, 1, 0, 1}), {.82962908, .94190831, .97488876});
  check(five_four({4, 1, 1, 1, 0, 1.5}), {.76798452, .85795500, .90334608});
  check(five_four({3, 1, 2, 2, 0, 1, .4, .1, .3, .2}),
        {.74933588, .78307331, .83855346, .65331165, .60141046, .50355699, .44281549, .29372055, .21509916,
         .63801076, .51661307, .81965477, .43954164, .37346618, .56671125, .25987613});
}

TEST_CASE("rivals: the context model refuses weights of features that items do not have", "[dual_stream]") {
  std::vector<double> parameters = published(facts_of("gcm")), p(2);
  parameters[9] = 2;  // w4
  CHECK_THROWS_WITH(facts_of("gcm").make(cube(), parameters), Catch::StartsWith("gcm.w4: is not read"));
  parameters = {4, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1};  // nothing is attended to: no answer, and no chance
  const auto gcm = facts_of("gcm").make(cube(), parameters);
  gcm->learn(item(cube(), 0), 0);
  gcm->answer(item(cube(), 0), p);
  CHECK(std::isnan(p[0]));
}

// stsimGCM of catlearn: 011 and 102 of class 0, 105 and 011 of class 1; strengths 3, 1, 1, 5; weights (.2, .3, .5), c = 3,
// b = (1/3, 2/3).
TEST_CASE("rivals: the context model with strengths, bias and graded features", "[dual_stream]") {
  const Lesson lesson = lesson_of({{0, 1, 1}, {1, 0, 2}, {1, 0, 5}});
  const auto gcm = facts_of("gcm").make(lesson, std::vector<double>{3, 1, 1, 1, 0, 0.5, .2, .3, .5, 1, 1});
  const auto show = [&](int i, int label, int times) {
    for (int t = 0; t < times; ++t) gcm->learn(item(lesson, i), label);
  };
  show(0, 0, 3);
  show(1, 0, 1);
  show(2, 1, 1);
  show(0, 1, 5);
  const std::pair<std::vector<double>, double> expected[] = {{{0, 0, 0}, .248063003882},
                                                             {{0, 0, 1}, .248063003882},
                                                             {{0, 1, 1}, .233684163448},
                                                             {{1, 0, 0}, .285261575735},
                                                             {{1, 1, 1}, .240360372012}};
  std::vector<double> p(2);
  for (const auto& [x, first] : expected) {
    gcm->answer(x, p);
    CHECK(p[0] == Approx(first).epsilon(0).margin(1e-12));
  }
}
