# Answers questions about versions and requirements, one a line, as RubyGems does.
# "A<tab>B" asks how two versions compare, "V<tab>in<tab>R" whether a version meets a requirement, "V" what its parts are.
$stdin.each_line(chomp: true) do |question|
  left, word, right = question.split("\t", -1)
  begin
    if right
      wanted = Gem::Requirement.new(right.split(",", -1))
      puts wanted.satisfied_by?(Gem::Version.new(left)) ? "1" : "0"
    elsif word
      puts({ -1 => "<", 0 => "=", 1 => ">" }[Gem::Version.new(left) <=> Gem::Version.new(word)])
    else
      puts Gem::Version.new(left).prerelease? ? "pre" : "release"
    end
  rescue ArgumentError
    puts "!"
  end
end
