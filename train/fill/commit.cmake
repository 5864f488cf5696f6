# Writes HEADER, which says from which commit the program is built: run at every build, and the file
# is touched only when that has changed. Without git, or in a folder that is no work tree of its own
# (a source archive), the commit is unknown.
#   cmake -DGIT=... -DSOURCE=... -DHEADER=... -P commit.cmake
set(commit unknown)
set(changed unknown)
if(GIT AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD
    OUTPUT_VARIABLE head ERROR_QUIET RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(
    COMMAND ${GIT} --no-optional-locks -C ${SOURCE} status --porcelain --untracked-files=no
    OUTPUT_VARIABLE status ERROR_QUIET RESULT_VARIABLE status_failed)
  if(NOT failed AND NOT status_failed)
    set(commit ${head})
    set(changed no)
    if(status)
      set(changed yes)
    endif()
  endif()
endif()
set(text "#define CT2CT_COMMIT \"${commit}\"\n#define CT2CT_COMMIT_CHANGED \"${changed}\"\n")
set(old "")
if(EXISTS ${HEADER})
  file(READ ${HEADER} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${HEADER} "${text}")
endif()
