#include "lake/cli/command_line.hpp"
#include "lake/server/roof.hpp"

int main(int argc, char** argv) { return lake::cli::run(argc, argv, lake::server::roof()); }
