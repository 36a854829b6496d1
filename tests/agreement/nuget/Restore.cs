// Restores many projects, one after the other, with the resolver of `dotnet restore` that nuget.exe has in it.
// Its input has a line for each: the folder with spec.json, nuget.config and the place of its answer.
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using NuGet.Commands;
using NuGet.Common;
using NuGet.Configuration;
using NuGet.ProjectModel;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;

class Silent : LoggerBase
{
    public override void Log(ILogMessage message) { }
    public override Task LogAsync(ILogMessage message) { return Task.FromResult(0); }
}

static class Restore
{
    static void Main()
    {
        string folder;
        while ((folder = Console.In.ReadLine()) != null)
        {
            var begun = System.Diagnostics.Stopwatch.StartNew();
            var said = "done";
            try { RestoreIn(folder); } catch (Exception error) { said = "failed: " + error.Message.Replace("\n", " "); }
            Console.WriteLine(begun.ElapsedMilliseconds + " " + said);
            Console.Out.Flush();
        }
    }

    static void RestoreIn(string folder)
    {
        var spec = DependencyGraphSpec.Load(Path.Combine(folder, "spec.json"));
        var settings = Settings.LoadDefaultSettings(folder);
        using (var cache = new SourceCacheContext { NoCache = true })
        {
            var restore = new RestoreArgs
            {
                AllowNoOp = false,
                CacheContext = cache,
                Log = new Silent(),
                MachineWideSettings = null,
                CachingSourceProvider = new CachingSourceProvider(new PackageSourceProvider(settings)),
                PreLoadedRequestProviders = new List<IPreLoadedRestoreRequestProvider>
                {
                    new DependencyGraphSpecRequestProvider(new RestoreCommandProvidersCache(), spec),
                },
            };
            RestoreRunner.RunAsync(restore).GetAwaiter().GetResult();
        }
    }
}
