// A program that fills a scan and links to the room that predicts, and to those before it: no
// trainer, no optimiser, no command line. It returns 0 when every synthetic slice was made.
#include <cstdio>

#include "data/phantom/phantom.h"
#include "train/predict/default_model.h"
#include "train/predict/interpolate.h"

int main() {
  data::PhantomOptions head;
  head.slices = 5;
  head.size = 64;
  const data::Volume scan = data::make_phantom(head);
  const train::Model model = train::Model::load(train::kDefaultModel);
  const train::Plan plan = train::plan(scan, {});
  const data::Volume finer = train::interpolate(scan, plan, train::method_of(model), {});
  nn::index made = 0;
  for (nn::index k = 0; k < finer.slices(); ++k) made += finer.origin(k).weights ? 1 : 0;
  std::printf("%d slices became %d, %d of them by the network\n", static_cast<int>(scan.slices()),
              static_cast<int>(finer.slices()), static_cast<int>(made));
  return made == 4 ? 0 : 1;
}
