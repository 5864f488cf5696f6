// `ct2ct app`: the program for people who would rather use a mouse. A server on this computer's own
// address, and a page in the browser. What is protected from whom: docs/audit/app.md.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace train {

struct AppOptions {
  int port = 0;                      ///< 0: any that is free
  std::vector<std::string> folders;  ///< the only ones that the page sees; empty: home and media
  std::string state;                 ///< folder of jobs; empty: ct2ct/app in XDG_STATE_HOME
  bool browser = true;               ///< is opened
};

/// Whether the program was built with it (CT2CT_APP).
bool has_app();

/// Serves until SIGINT, SIGTERM or the page ends it. Calls `say` with the address as soon as it
/// answers. Where a server with the same state runs already, says its address, shows it in the
/// browser, and returns. Input error for a port, a folder or a state that cannot be used.
void run_app(const AppOptions& options,
             const std::function<void(const std::string& address, bool already)>& say);

}  // namespace train
