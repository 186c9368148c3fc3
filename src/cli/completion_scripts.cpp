// What each shell wants to read.
#include <algorithm>

#include "cli/completion.hpp"
#include "cli/programs/child.hpp"
#include "engine/config/text.hpp"

namespace tsd::cli {

namespace {

using config::joined;

// In zsh's specifications `:` and brackets have a meaning.
std::string zsh_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += (c == ':' || c == '[' || c == ']' ? "\\" : "") + std::string(1, c);
  return escaped;
}

std::vector<std::string> names_of(const std::vector<CompletedCommand>& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(const CompletedCommand& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options) names.push_back(option.name);
  return names;
}

std::string zsh_argument(const CompletedOption& option) {
  std::string text = option.name + "[" + zsh_text(option.help) + "]";
  if (option.takes_value)
    text += ":value:" + (option.choices.empty() ? "_files" : "(" + joined(option.choices, " ") + ")");
  return quoted(text);
}

}  // namespace

std::string bash_completion(const std::vector<CompletedCommand>& commands) {
  std::string values, words;
  for (const auto& command : commands) {
    for (const auto& option : command.options)
      if (!option.choices.empty())
        values += "    '" + command.name + " " + option.name +
                  "') words=" + quoted(joined(option.choices, " ")) + " ;;\n";
      else if (option.takes_value)
        values += "    '" + command.name + " " + option.name + "') ;;\n";
    words += "      " + command.name + ") options=" + quoted(joined(option_names(command), " ")) +
             " words=" + quoted(joined(command.words, " ")) + " ;;\n";
  }
  return "# bash completion of tsd, made by `tsd completion bash`\n"
         "_tsd() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} "
         "command=${COMP_WORDS[1]}\n"
         "  local words='' options=''\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W " +
         quoted(joined(names_of(commands), " ") + " --help --version") +
         " -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case \"$command $before\" in\n" +
         values +
         "    *)\n"
         "      case $command in\n" +
         words +
         "      esac ;;\n"
         "  esac\n"
         "  if [[ $word == -* ]]; then words=$options; fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; "
         "fi\n"
         "}\n"
         "complete -o bashdefault -o default -F _tsd tsd\n";
}

std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
  std::string names, cases;
  for (const auto& command : commands) {
    names += "    " + quoted(zsh_text(command.name) + ":" + command.help) + "\n";
    cases += "    " + command.name + ")\n      _arguments";
    for (const auto& option : command.options) cases += " \\\n        " + zsh_argument(option);
    cases += " \\\n        " +
             quoted("*:argument:{ compadd -S '' -- " + joined(command.words, " ") + "; _files }") + " ;;\n";
  }
  return "#compdef tsd\n"
         "# zsh completion of tsd, made by `tsd completion zsh`\n"
         "_tsd() {\n"
         "  local -a commands=(\n" +
         names +
         "  )\n"
         "  if ((CURRENT == 2)); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _tsd ]]; then _tsd \"$@\"; else compdef _tsd tsd; fi\n";
}

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  std::string text = "# fish completion of tsd, made by `tsd completion fish`\n";
  for (const auto& command : commands) {
    text += "complete -c tsd -n __fish_use_subcommand -f -a " + command.name + " -d " + quoted(command.help) +
            "\n";
    const std::string within =
        "complete -c tsd -n " + quoted("__fish_seen_subcommand_from " + command.name) + " ";
    for (const auto& option : command.options) {
      text += within + "-l " + option.name.substr(2) + " -d " + quoted(option.help);
      if (!option.choices.empty())
        text += " -x -a " + quoted(joined(option.choices, " "));
      else if (option.takes_value)
        text += " -r";
      text += "\n";
    }
    if (!command.words.empty()) text += within + "-a " + quoted(joined(command.words, " ")) + "\n";
  }
  return text;
}

}  // namespace tsd::cli
