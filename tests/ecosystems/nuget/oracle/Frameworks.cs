// Answers which of several frameworks is the nearest to another, one question a line, with NuGet.Frameworks of nuget.exe,
// which has two copies of it: the one that its resolver takes.
using System;
using System.Linq;
using System.Reflection;

static class Frameworks
{
    static void Main()
    {
        var walk = typeof(NuGet.DependencyResolver.RemoteDependencyWalker).GetMethod("WalkAsync");
        var framework = walk.GetParameters()[1].ParameterType;
        var parse = framework.GetMethod("Parse", new[] { typeof(string) });
        var name = framework.FullName.Replace("NuGetFramework", "FrameworkReducer");
        var reducer = Activator.CreateInstance(framework.Assembly.GetTypes().First(type => type.FullName == name));
        var getNearest = reducer.GetType().GetMethod("GetNearest");
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            var fields = line.Split('\t');
            var names = fields[1].Split(' ');
            var candidates = Array.CreateInstance(framework, names.Length);
            for (var place = 0; place < names.Length; place++)
                candidates.SetValue(parse.Invoke(null, new object[] { names[place] }), place);
            var target = parse.Invoke(null, new object[] { fields[0] });
            var nearest = getNearest.Invoke(reducer, new object[] { target, candidates });
            Console.WriteLine(nearest == null ? -1 : Array.IndexOf(candidates.Cast<object>().ToArray(), nearest));
        }
    }
}
