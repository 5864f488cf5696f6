#include "train/program/version.h"

namespace train {

const char* const kVersion = CT2CT_VERSION;

}  // namespace train
