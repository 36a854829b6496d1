// Answers questions about versions and ranges, one a line, with NuGet.Versioning of nuget.exe.
using System;
using System.Linq;
using NuGet.Versioning;

static class Versions
{
    static string Parse(string text)
    {
        NuGetVersion version;
        if (!NuGetVersion.TryParse(text, out version)) return "invalid";
        return version.ToNormalizedString() + "\t" + version.IsPrerelease + "\t" + version.IsSemVer2;
    }

    static string Compare(string left, string right)
    {
        NuGetVersion first, second;
        if (!NuGetVersion.TryParse(left, out first) || !NuGetVersion.TryParse(right, out second)) return "invalid";
        return Math.Sign(first.CompareTo(second)).ToString();
    }

    static string Range(string text, string versions)
    {
        VersionRange range;
        if (!VersionRange.TryParse(text, true, out range)) return "invalid";
        var all = versions.Split(' ').Select(NuGetVersion.Parse).ToArray();
        var satisfied = string.Concat(all.Select(version => range.Satisfies(version) ? "1" : "0"));
        var best = range.FindBestMatch(all);
        return satisfied + "\t" + (best == null ? "" : best.ToNormalizedString());
    }

    static void Main()
    {
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            var fields = line.Split('\t');
            switch (fields[0])
            {
                case "parse": Console.WriteLine(Parse(fields[1])); break;
                case "compare": Console.WriteLine(Compare(fields[1], fields[2])); break;
                default: Console.WriteLine(Range(fields[1], fields[2])); break;
            }
        }
    }
}
