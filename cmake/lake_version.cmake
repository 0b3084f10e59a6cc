# Target lake::version: the header lake/version.hpp with what this build is made of. Written at each build, touched only
# when its text changes; include it from .cpp files only, because its text changes with each commit.
set(lake_version_dir ${CMAKE_BINARY_DIR}/generated)
set(lake_version_header ${lake_version_dir}/lake/version.hpp)
set(lake_version_command
    ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DHEADER=${lake_version_header} -DVERSION=${PROJECT_VERSION}
    -DBUILD_TYPE=${CMAKE_BUILD_TYPE} -DDUCKDB_VERSION=${DUCKDB_VERSION} -DDUCKDB_SOURCE_ID=${DUCKDB_SOURCE_ID}
    "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
    -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake)
execute_process(COMMAND ${lake_version_command} COMMAND_ERROR_IS_FATAL ANY)
add_custom_target(lake_version_header COMMAND ${lake_version_command} BYPRODUCTS ${lake_version_header} VERBATIM)
add_library(lake_version INTERFACE)
add_library(lake::version ALIAS lake_version)
add_dependencies(lake_version lake_version_header)
target_include_directories(lake_version INTERFACE ${lake_version_dir})
