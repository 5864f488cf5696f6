// A build without cpp-httplib (CT2CT_APP=OFF): the command exists and refuses.
#include "nn/core/error.h"
#include "train/app/app.h"

namespace train {

bool has_app() { return false; }

void run_app(const AppOptions& /*options*/,
             const std::function<void(const std::string& address, bool already)>& /*say*/) {
  throw nn::Error(nn::Fault::input, "app", "a build without it", "a build with CT2CT_APP",
                  "build with -DCT2CT_APP=ON; the other commands do the same work");
}

}  // namespace train
