#include "lake/server/serve.hpp"

#include <cstdio>

namespace lake::server {

int serve(const config::Settings& /*settings*/, const ServeOptions& /*options*/) {
  std::fputs("dplake: this build has no HTTP door\n", stderr);
  return 1;
}

}  // namespace lake::server
