# Finds the pinned DuckDB: headers and prebuilt library of exactly the version in third_party/duckdb.lock.
# -DDUCKDB_ROOT= takes another copy of that version. Sets DUCKDB_VERSION and DUCKDB_SOURCE_ID, defines DuckDB::duckdb.
set(DUCKDB_LOCK ${CMAKE_SOURCE_DIR}/third_party/duckdb.lock)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${DUCKDB_LOCK})
file(STRINGS ${DUCKDB_LOCK} duckdb_pins REGEX "^(version|source_id) ")
foreach(pin IN LISTS duckdb_pins)
  string(REGEX MATCH "^([a-z_]+) +([^ ]+)" _ "${pin}")
  string(TOUPPER ${CMAKE_MATCH_1} key)
  set(DUCKDB_${key} ${CMAKE_MATCH_2})
endforeach()

if(NOT DUCKDB_ROOT)
  if(DEFINED ENV{DPLAKE_DEPS})
    set(DUCKDB_ROOT $ENV{DPLAKE_DEPS}/duckdb-${DUCKDB_VERSION})
  else()
    set(DUCKDB_ROOT $ENV{HOME}/.cache/dplake/duckdb-${DUCKDB_VERSION})
  endif()
endif()
find_path(DUCKDB_INCLUDE_DIR duckdb.hpp PATHS ${DUCKDB_ROOT}/include NO_DEFAULT_PATH)
find_library(DUCKDB_LIBRARY duckdb PATHS ${DUCKDB_ROOT}/lib NO_DEFAULT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB
  REQUIRED_VARS DUCKDB_LIBRARY DUCKDB_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "DuckDB ${DUCKDB_VERSION} is not at ${DUCKDB_ROOT}: run `make setup` (tools/setup_duckdb.sh)")

# Internal headers against a library of another build crash at run time, far from the cause: refuse here.
function(duckdb_check_same_build)
  foreach(wanted v${DUCKDB_VERSION} ${DUCKDB_SOURCE_ID})
    execute_process(COMMAND grep -qaF ${wanted} ${DUCKDB_LIBRARY} RESULT_VARIABLE missing)
    if(missing)
      message(FATAL_ERROR "${DUCKDB_LIBRARY} is not the pinned DuckDB: it does not carry `${wanted}` "
                          "(third_party/duckdb.lock). Run `make setup`, or point -DDUCKDB_ROOT= at the pinned build.")
    endif()
  endforeach()
  get_filename_component(root ${DUCKDB_INCLUDE_DIR} DIRECTORY)
  set(version_file ${root}/duckdb_version.txt)
  set(headers_version "unknown: no ${version_file}")
  if(EXISTS ${version_file})
    file(READ ${version_file} headers_version)
    string(STRIP "${headers_version}" headers_version)
  endif()
  if(NOT headers_version STREQUAL "v${DUCKDB_VERSION}")
    message(FATAL_ERROR "${DUCKDB_INCLUDE_DIR}: the headers' version is ${headers_version}, "
                        "third_party/duckdb.lock pins v${DUCKDB_VERSION}. Run `make setup`.")
  endif()
endfunction()

if(DuckDB_FOUND AND NOT TARGET DuckDB::duckdb)
  duckdb_check_same_build()
  add_library(DuckDB::duckdb SHARED IMPORTED)
  set_target_properties(DuckDB::duckdb PROPERTIES IMPORTED_LOCATION ${DUCKDB_LIBRARY} IMPORTED_NO_SONAME FALSE)
  target_include_directories(DuckDB::duckdb SYSTEM INTERFACE ${DUCKDB_INCLUDE_DIR})
endif()
