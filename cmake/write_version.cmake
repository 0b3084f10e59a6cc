# Writes HEADER; run by cmake/lake_version.cmake with its variables set.
set(git_describe unknown)
set(git_hash unknown)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} describe --tags --always --dirty WORKING_DIRECTORY ${SOURCE_DIR}
                  OUTPUT_VARIABLE described RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    set(git_describe ${described})
  endif()
  execute_process(COMMAND ${GIT} rev-parse HEAD WORKING_DIRECTORY ${SOURCE_DIR}
                  OUTPUT_VARIABLE hash RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    set(git_hash ${hash})
  endif()
endif()
configure_file(${SOURCE_DIR}/cmake/version.hpp.in ${HEADER} @ONLY)
