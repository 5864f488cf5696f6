#include "tools/commands.h"
#include "train/app/app.h"

namespace tools {

void add_app(CLI::App& app, const Common& common) {
  auto o = std::make_shared<train::AppOptions>();
  auto no_browser = std::make_shared<bool>(false);
  CLI::App* cmd = app.add_subcommand(
      "app", "Fill and train in the browser: serve a page on this computer alone, and open it");
  cmd->add_option("--port", o->port, "Port on 127.0.0.1 [any that is free]")
      ->check(whole_number(1, 65535))
      ->type_name("N");
  cmd->add_option("--folder", o->folders,
                  "A folder that the page may see, with all below it; several times for several "
                  "[home, the current folder and mounted media]")
      ->type_name("DIR")
      ->allow_extra_args(false);
  cmd->add_option("--state", o->state,
                  "Where jobs and their results lie [ct2ct/app in XDG_STATE_HOME, else in "
                  "~/.local/state]")
      ->type_name("DIR");
  cmd->add_flag("--no-browser", *no_browser, "Only print the address");
  set_help(*cmd, {{"Options", {"--port N", "--folder DIR", "--state DIR", "--no-browser"}}},
           {{"In the browser", "ct2ct app"},
            {"With one folder of scans, on a port of your choice",
             "ct2ct app --folder /data/scans --port 8642"}});
  cmd->final_callback([o, no_browser, &common] {
    o->browser = !*no_browser;
    train::run_app(*o, [&](const std::string& address, bool already) {
      print((already ? "runs already: " : "") + address + "\n");
      if (!already && !common.quiet) {
        print("the address is for you alone: it holds a token; Ctrl-C ends the program\n");
      }
      std::fflush(stdout);
    });
  });
}

}  // namespace tools
